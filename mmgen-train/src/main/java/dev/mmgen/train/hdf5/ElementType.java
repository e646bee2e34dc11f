package dev.mmgen.train.hdf5;

import io.jhdf.object.datatype.DataType;
import io.jhdf.object.datatype.FloatingPoint;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A floating-point type of HDF5: IEEE half, single or double precision in either byte order.
 *
 * @param bytes 2, 4 or 8
 */
record ElementType(int bytes, ByteOrder order) {

    /** Returns null for anything but IEEE floating point of 2, 4 or 8 bytes. */
    static @Nullable ElementType of(DataType type) {
        return type instanceof FloatingPoint number && isIeee(number)
                ? new ElementType(number.getSize(), number.getByteOrder())
                : null;
    }

    private static boolean isIeee(FloatingPoint number) {
        int exponentBits = switch (number.getSize()) {
            case 2 -> 5;
            case 4 -> 8;
            case 8 -> 11;
            default -> -1;
        };
        return number.getExponentSize() == exponentBits
                && number.getBitOffset() == 0
                && number.getBitPrecision() == 8 * number.getSize();
    }

    /** Returns all values of a buffer as float32. */
    float[] decode(ByteBuffer data) {
        ByteBuffer ordered = data.order(order);
        float[] values = new float[data.remaining() / bytes];
        switch (bytes) {
            case 2 -> {
                var halves = ordered.asShortBuffer();
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.float16ToFloat(halves.get(i));
                }
            }
            case 4 -> ordered.asFloatBuffer().get(values);
            default -> {
                var doubles = ordered.asDoubleBuffer();
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) doubles.get(i);
                }
            }
        }
        return values;
    }
}
