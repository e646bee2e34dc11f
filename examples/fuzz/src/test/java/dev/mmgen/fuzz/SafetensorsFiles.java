package dev.mmgen.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Safetensors files taken apart and put together. */
final class SafetensorsFiles {

    private SafetensorsFiles() {}

    static int headerLength(byte[] file) {
        return (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    static byte[] header(byte[] file) {
        return Arrays.copyOfRange(file, Long.BYTES, Long.BYTES + headerLength(file));
    }

    /** Returns a file with this header and the data of another one from {@code dataStart} on. */
    static byte[] withHeader(byte[] header, byte[] other, int dataStart) {
        return ByteBuffer.allocate(Long.BYTES + header.length + other.length - dataStart)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(other, dataStart, other.length - dataStart)
                .array();
    }
}
