package dev.mmgen.torch.weights.pickle;

import dev.mmgen.torch.weights.file.FileBytes;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The bytes of a pickle, read front to back. Nothing is allocated before the bytes for it are known to be there. */
public final class PickleBytes {

    static final int MAX_INTEGER_BYTES = 64;
    private static final int MAX_NAME_BYTES = 1000;

    private final FileBytes file;
    private final ByteBuffer bytes;

    /**
     * Takes over bytes.
     *
     * @param file from which they come, for messages
     */
    public PickleBytes(FileBytes file, ByteBuffer bytes) {
        this.file = file;
        this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Returns the number of bytes that have been read. */
    public int position() {
        return bytes.position();
    }

    int unsigned8() {
        require(1);
        return Byte.toUnsignedInt(bytes.get());
    }

    int unsigned16() {
        require(2);
        return Short.toUnsignedInt(bytes.getShort());
    }

    int int32() {
        require(4);
        return bytes.getInt();
    }

    long unsigned32() {
        return Integer.toUnsignedLong(int32());
    }

    long int64() {
        require(8);
        return bytes.getLong();
    }

    /** Reads a double, which pickles store big-endian. */
    double float64() {
        return Double.longBitsToDouble(Long.reverseBytes(int64()));
    }

    /** Reads a little-endian two's complement integer: a Long where it fits, else a BigInteger. */
    Number integer(long length) {
        if (length > MAX_INTEGER_BYTES) {
            throw fail("an integer of " + length + " bytes is larger than any checkpoint needs");
        }
        byte[] digits = bytes(length);
        for (int i = 0, j = digits.length - 1; i < j; i++, j--) {
            byte swapped = digits[i];
            digits[i] = digits[j];
            digits[j] = swapped;
        }
        BigInteger value = digits.length == 0 ? BigInteger.ZERO : new BigInteger(digits);
        return value.bitLength() < Long.SIZE ? (Number) value.longValue() : value;
    }

    byte[] bytes(long length) {
        require(length);
        byte[] result = new byte[(int) length];
        bytes.get(result);
        return result;
    }

    String text(long length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes(length)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw fail("a text is not UTF-8", e);
        }
    }

    /** Reads a name up to the end of its line. */
    String line() {
        int start = bytes.position();
        int end = start;
        while (end < bytes.limit() && end - start <= MAX_NAME_BYTES && bytes.get(end) != '\n') {
            end++;
        }
        if (end == bytes.limit()) {
            throw fail("the pickle is truncated");
        }
        if (bytes.get(end) != '\n') {
            throw fail("a name is longer than " + MAX_NAME_BYTES + " bytes");
        }
        String line = text(end - start);
        bytes.get();
        return line;
    }

    /** Checks that this many bytes are left. */
    void require(long length) {
        if (length < 0 || length > bytes.remaining()) {
            throw fail("the pickle is truncated: " + Long.toUnsignedString(length) + " bytes are needed, "
                    + bytes.remaining() + " are left; the file is damaged");
        }
    }

    /** Makes the exception for a fault at this place. */
    public RuntimeException fail(String problem) {
        return fail(problem, null);
    }

    RuntimeException fail(String problem, @Nullable Throwable cause) {
        return fail(null, problem, cause);
    }

    RuntimeException fail(@Nullable String key, String problem, @Nullable Throwable cause) {
        return file.fail(key, problem + " (at byte " + bytes.position() + " of its pickle)", cause);
    }
}
