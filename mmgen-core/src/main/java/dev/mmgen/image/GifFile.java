package dev.mmgen.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A GIF file and the place of its first picture.
 *
 * @param decoded the file
 * @param place of the first picture on the canvas
 */
record GifFile(byte[] decoded, Canvas place) implements EncodedPicture {

    /** A code of 12 bits stands for up to 4,096 pixels. */
    private static final long MOST_PACKED = 2731;

    private static final int SIGNATURE = 6;
    private static final int TABLE_FLAG = 0x80;
    private static final int EXTENSION = 0x21;
    private static final int PICTURE = 0x2c;

    /**
     * Finds the first picture. As in Pillow, one that reaches out of the canvas makes it larger.
     *
     * @throws IOException if the file ends before there is a picture, or has too few bytes for its pixels
     */
    static GifFile parse(byte[] file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (file.length < SIGNATURE + 7) {
            throw new IOException("the file is truncated");
        }
        in.position(SIGNATURE);
        int width = in.getShort() & 0xffff;
        int height = in.getShort() & 0xffff;
        int flags = in.get();
        skip(in, 2 + table(flags));
        while (in.remaining() >= 2) {
            int block = in.get() & 0xff;
            if (block == PICTURE && in.remaining() >= 9) {
                return new GifFile(file, place(in, width, height));
            }
            if (block != EXTENSION) {
                break;
            }
            skip(in, 1);
            for (int length = -1; length != 0; ) {
                length = in.hasRemaining() ? in.get() & 0xff : 0;
                skip(in, length);
            }
        }
        throw new IOException("the file is truncated");
    }

    private static Canvas place(ByteBuffer in, int width, int height) throws IOException {
        int left = in.getShort() & 0xffff;
        int top = in.getShort() & 0xffff;
        int right = left + (in.getShort() & 0xffff);
        int bottom = top + (in.getShort() & 0xffff);
        RgbImage.byteCount(Math.max(width, right), Math.max(height, bottom));
        if ((long) (right - left) * (bottom - top) / MOST_PACKED > in.remaining()) {
            throw new IOException("the file is truncated");
        }
        return new Canvas(Math.max(width, right), Math.max(height, bottom), left, top);
    }

    private static int table(int flags) {
        return (flags & TABLE_FLAG) == 0 ? 0 : 3 << ((flags & 7) + 1);
    }

    private static void skip(ByteBuffer in, int bytes) throws IOException {
        if (bytes > in.remaining()) {
            throw new IOException("the file is truncated");
        }
        in.position(in.position() + bytes);
    }
}
