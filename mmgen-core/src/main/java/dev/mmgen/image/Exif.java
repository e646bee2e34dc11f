package dev.mmgen.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** The EXIF block of a photo: a TIFF header and a list of tags, of which only the orientation matters here. */
final class Exif {

    private static final int ORIENTATION = 0x0112;
    private static final int BYTE = 1;
    private static final int SHORT = 3;
    private static final int LONG = 4;
    private static final int ENTRY_BYTES = 12;

    private Exif() {}

    /** Returns how the camera was held; upright where the block does not tell or is damaged. */
    static Orientation orientation(byte @Nullable [] block) {
        try {
            return block == null ? Orientation.UPRIGHT : read(ByteBuffer.wrap(block));
        } catch (IndexOutOfBoundsException _) {
            // The picture itself may still be sound.
            return Orientation.UPRIGHT;
        }
    }

    private static Orientation read(ByteBuffer tiff) {
        boolean little = tiff.get(0) == 'I' && tiff.get(1) == 'I';
        tiff.order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int list = tiff.getInt(4);
        int entries = tiff.getShort(list) & 0xffff;
        for (int i = 0; i < entries; i++) {
            int entry = list + 2 + ENTRY_BYTES * i;
            if ((tiff.getShort(entry) & 0xffff) == ORIENTATION) {
                return Orientation.of(value(tiff, tiff.getShort(entry + 2), entry + 8));
            }
        }
        return Orientation.UPRIGHT;
    }

    private static int value(ByteBuffer tiff, int type, int at) {
        return switch (type) {
            case BYTE -> tiff.get(at);
            case SHORT -> tiff.getShort(at);
            case LONG -> tiff.getInt(at);
            default -> 0;
        };
    }
}
