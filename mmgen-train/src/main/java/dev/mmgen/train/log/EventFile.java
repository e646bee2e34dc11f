package dev.mmgen.train.log;

import dev.mmgen.train.TrainingException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A file of curves for TensorBoard: TFRecord frames (length, data, and a masked CRC-32C of each), each with one {@code
 * tensorflow.Event} message.
 */
public final class EventFile implements AutoCloseable {

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED32 = 5;

    private static final int CRC_MASK = 0xa282ead8;

    private final Path file;
    private final OutputStream out;
    private final InstantSource clock;

    private EventFile(Path file, OutputStream out, InstantSource clock) {
        this.file = file;
        this.out = out;
        this.clock = clock;
    }

    /**
     * Begins a file of its own in a folder, made if needed. TensorBoard reads all files of a folder as one.
     *
     * @param firstStep the first step to come: what earlier files say of it and of later ones, TensorBoard forgets
     * @throws TrainingException if it cannot be written
     */
    public static EventFile begin(Path folder, long firstStep) {
        return begin(folder, firstStep, InstantSource.system());
    }

    static EventFile begin(Path folder, long firstStep, InstantSource clock) {
        String name = String.format(
                Locale.ROOT,
                "events.out.tfevents.%010d.mmgen.%d",
                clock.millis() / 1000,
                ProcessHandle.current().pid());
        Path file = folder.resolve(name);
        try {
            Files.createDirectories(folder);
            EventFile events = new EventFile(file, Files.newOutputStream(file), clock);
            events.write(events.event(0).text(3, "brain.Event:2"));
            events.write(events.event(firstStep).message(7, new Message().number(1, 1)));
            return events;
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /** Adds a point to each of several curves. */
    public void scalars(long step, Map<String, Double> values) {
        Message summary = new Message();
        values.forEach(
                (tag, value) -> summary.message(1, new Message().text(1, tag).single(2, value.floatValue())));
        try {
            write(event(step).message(5, summary));
            out.flush();
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /** Returns the file. */
    public Path path() {
        return file;
    }

    private Message event(long step) {
        Message event = new Message().real(1, clock.millis() / 1e3);
        return step == 0 ? event : event.number(2, step);
    }

    private void write(Message message) throws IOException {
        byte[] data = message.bytes.toByteArray();
        byte[] length = little(Long.BYTES).putLong(data.length).array();
        out.write(little(Long.BYTES + Integer.BYTES + data.length + Integer.BYTES)
                .put(length)
                .putInt(maskedCrc(length))
                .put(data)
                .putInt(maskedCrc(data))
                .array());
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The checksum is rotated and offset, so that data that holds checksums does not check itself. */
    static int maskedCrc(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        return Integer.rotateRight((int) crc.getValue(), 15) + CRC_MASK;
    }

    /** A protocol buffer being written. */
    private static final class Message {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Message number(int field, long value) {
            return tag(field, VARINT).varint(value);
        }

        Message real(int field, double value) {
            tag(field, FIXED64)
                    .bytes
                    .writeBytes(little(Double.BYTES).putDouble(value).array());
            return this;
        }

        Message single(int field, float value) {
            tag(field, FIXED32)
                    .bytes
                    .writeBytes(little(Float.BYTES).putFloat(value).array());
            return this;
        }

        Message text(int field, String value) {
            return delimited(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Message message(int field, Message value) {
            return delimited(field, value.bytes.toByteArray());
        }

        private Message delimited(int field, byte[] value) {
            tag(field, LENGTH_DELIMITED).varint(value.length).bytes.writeBytes(value);
            return this;
        }

        private Message tag(int field, int type) {
            return varint((long) field << 3 | type);
        }

        private Message varint(long value) {
            long left = value;
            while ((left & ~0x7fL) != 0) {
                bytes.write((int) (left & 0x7f | 0x80));
                left >>>= 7;
            }
            bytes.write((int) left);
            return this;
        }
    }

    private static TrainingException failed(Path file, IOException reason) {
        return new TrainingException(file + " cannot be written: " + reason, reason);
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw failed(file, e);
        }
    }
}
