package dev.mmgen.torch.weights.pickle;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The opcodes and operands of a pickle of protocol 2 as they are written, the counterpart of {@link PickleBytes}. */
final class PickleOutput {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Appends opcodes without operands, or single bytes. */
    PickleOutput code(int... codes) {
        for (int code : codes) {
            bytes.write(code);
        }
        return this;
    }

    /** Appends a class or function by its qualified Python name. */
    PickleOutput global(String name) {
        int dot = name.lastIndexOf('.');
        String operands = name.substring(0, dot) + "\n" + name.substring(dot + 1) + "\n";
        bytes.write('c');
        bytes.writeBytes(operands.getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    /** Appends a text; the caller has made sure that UTF-8 can encode it. */
    PickleOutput text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        bytes.write('X');
        int32(utf8.length);
        bytes.writeBytes(utf8);
        return this;
    }

    /** Appends an integer in the shortest form. */
    PickleOutput integer(long value) {
        if (value >= 0 && value <= 0xff) {
            return code('K', (int) value);
        }
        if (value >= 0 && value <= 0xffff) {
            return code('M', (int) value & 0xff, (int) value >> 8);
        }
        if (value == (int) value) {
            bytes.write('J');
            return int32((int) value);
        }
        return integer(BigInteger.valueOf(value));
    }

    /** Appends an integer of up to 255 bytes as its little-endian two's complement. */
    PickleOutput integer(BigInteger value) {
        byte[] bigEndian = value.toByteArray();
        code(0x8a, bigEndian.length);
        for (int i = bigEndian.length - 1; i >= 0; i--) {
            bytes.write(bigEndian[i]);
        }
        return this;
    }

    /** Appends a floating point number, big-endian unlike everything else. */
    PickleOutput float64(double value) {
        bytes.write('G');
        bytes.writeBytes(ByteBuffer.allocate(Double.BYTES).putDouble(value).array());
        return this;
    }

    byte[] toByteArray() {
        return bytes.toByteArray();
    }

    private PickleOutput int32(int value) {
        bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
        return this;
    }
}
