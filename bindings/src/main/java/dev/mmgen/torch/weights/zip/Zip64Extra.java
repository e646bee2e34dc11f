package dev.mmgen.torch.weights.zip;

import dev.mmgen.torch.weights.file.FileBytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The 64-bit values of a zip entry whose 32-bit fields are saturated. The values come in a fixed order and only those
 * that are needed are present, so fields must be widened in that order: size, stored size, header offset.
 */
final class Zip64Extra {

    private static final int ID = 1;
    private static final long SATURATED = 0xffffffffL;

    private final FileBytes file;
    private final String entry;
    private final @Nullable ByteBuffer values;

    Zip64Extra(FileBytes file, String entry, ByteBuffer extra) {
        this.file = file;
        this.entry = entry;
        this.values = find(extra.order(ByteOrder.LITTLE_ENDIAN));
    }

    /** Returns {@code field} itself, or the next 64-bit value if it is saturated. */
    long widen(long field) {
        if (field != SATURATED) {
            return field;
        }
        if (values == null || values.remaining() < Long.BYTES) {
            throw file.fail("zip entry '" + entry + "' lacks its 64-bit sizes");
        }
        long value = values.getLong();
        if (value < 0) {
            throw file.fail("zip entry '" + entry + "' has a size beyond 63 bits");
        }
        return value;
    }

    private static @Nullable ByteBuffer find(ByteBuffer extra) {
        // torch.save pads with a field of its own; a trailing rest too short for a field is tolerated, as elsewhere.
        while (extra.remaining() >= 4) {
            int id = Short.toUnsignedInt(extra.getShort());
            int length = Short.toUnsignedInt(extra.getShort());
            if (length > extra.remaining()) {
                return null;
            }
            ByteBuffer field = extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
            if (id == ID) {
                return field;
            }
            extra.position(extra.position() + length);
        }
        return null;
    }
}
