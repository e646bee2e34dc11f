package dev.mmgen.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A Protocol Buffers message in the making, in the wire format: fields in the order they are added. Only what ONNX files
 * need is there; packed lists, groups and maps are not.
 */
final class ProtoMessage {

    private static final int VARINT = 0;
    private static final int LENGTH = 2;
    private static final int FIXED32 = 5;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Adds an {@code int32}, an {@code int64} or an {@code enum}. */
    ProtoMessage integer(int field, long value) {
        tag(field, VARINT);
        varint(value);
        return this;
    }

    /** Adds a repeated {@code int64}. */
    ProtoMessage integers(int field, List<Long> values) {
        values.forEach(value -> integer(field, value));
        return this;
    }

    /** Adds a {@code float}. */
    ProtoMessage real(int field, float value) {
        tag(field, FIXED32);
        bytes.writeBytes(ByteBuffer.allocate(Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(value)
                .array());
        return this;
    }

    /** Adds a {@code string}. */
    ProtoMessage text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a repeated {@code string}. */
    ProtoMessage texts(int field, List<String> values) {
        values.forEach(value -> text(field, value));
        return this;
    }

    /** Adds {@code bytes}. */
    ProtoMessage bytes(int field, byte[] value) {
        tag(field, LENGTH);
        varint(value.length);
        bytes.writeBytes(value);
        return this;
    }

    /** Adds a message. */
    ProtoMessage message(int field, ProtoMessage value) {
        return bytes(field, value.toBytes());
    }

    /** Adds a repeated message. */
    ProtoMessage messages(int field, List<ProtoMessage> values) {
        values.forEach(value -> message(field, value));
        return this;
    }

    private void tag(int field, int wireType) {
        varint((long) field << 3 | wireType);
    }

    /** Seven bits a byte, lowest first; the highest bit says that more follow. Negative numbers take ten bytes. */
    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes.write((int) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        bytes.write((int) rest);
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }
}
