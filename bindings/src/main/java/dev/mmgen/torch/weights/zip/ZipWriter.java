package dev.mmgen.torch.weights.zip;

import dev.mmgen.torch.io.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/**
 * The writer of a zip archive in the way of {@code torch.save}: nothing is compressed and the bytes of every entry begin at a
 * multiple of 64, so that tensors can be mapped. {@code java.util.zip} needs checksums before the data and cannot align
 * it; here an entry's checksum is filled in behind its data, which is therefore read only once.
 *
 * <p>Sizes and positions from 4 GiB on are written as zip64, and only those, so that a small archive is a plain one.
 */
public final class ZipWriter {

    private static final int LOCAL_SIGNATURE = 0x04034b50;
    private static final int CENTRAL_SIGNATURE = 0x02014b50;
    private static final int END64_SIGNATURE = 0x06064b50;
    private static final int END64_LOCATOR_SIGNATURE = 0x07064b50;
    private static final int END_SIGNATURE = 0x06054b50;
    private static final int LOCAL_BYTES = 30;
    private static final int CHECKSUM_POSITION = 14;
    private static final int CENTRAL_BYTES = 46;
    private static final int END_BYTES = 56 + 20 + 22;

    private static final int ALIGNMENT = 64;
    private static final short ZIP64_FIELD = 1;
    private static final short PADDING_FIELD = 0x4246;
    private static final short VERSION_PLAIN = 10;
    private static final short VERSION_ZIP64 = 45;
    private static final short NAMES_ARE_UTF8 = 1 << 11;
    private static final int FIRST_OF_1980 = 0x21 << 16;
    private static final long SATURATED = 0xffffffffL;
    private static final int SATURATED_COUNT = 0xffff;

    /** Writes the bytes of one entry. */
    @FunctionalInterface
    public interface Contents {
        /** Writes as many bytes as were announced. */
        void writeTo(WritableByteChannel out) throws IOException;
    }

    private record Entry(byte[] name, long size, int checksum, long position) {}

    private final SeekableByteChannel channel;
    private final List<Entry> entries = new ArrayList<>();

    /**
     * Begins an archive.
     *
     * @param channel empty
     */
    public ZipWriter(SeekableByteChannel channel) {
        this.channel = channel;
    }

    /** Appends an entry. */
    public void add(String name, byte[] contents) throws IOException {
        add(name, contents.length, out -> AtomicFile.writeFully(out, ByteBuffer.wrap(contents)));
    }

    /**
     * Appends an entry.
     *
     * @param size the number of bytes that {@code contents} will write
     */
    public void add(String name, long size, Contents contents) throws IOException {
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        long position = channel.position();
        AtomicFile.writeFully(channel, localHeader(utf8, size, position));
        long start = channel.position();
        Checksum checksum = new Checksum(channel);
        contents.writeTo(checksum);
        long end = channel.position();
        if (end - start != size) {
            throw new IOException("zip entry '" + name + "' of " + size + " bytes got " + (end - start));
        }
        AtomicFile.writeFully(
                channel.position(position + CHECKSUM_POSITION),
                littleEndian(Integer.BYTES).putInt(checksum.value()).flip());
        channel.position(end);
        entries.add(new Entry(utf8, size, checksum.value(), position));
    }

    /** Appends the directory, which completes the archive. */
    public void finish() throws IOException {
        long start = channel.position();
        for (Entry entry : entries) {
            AtomicFile.writeFully(channel, centralHeader(entry));
        }
        AtomicFile.writeFully(channel, end(start, channel.position() - start));
    }

    private static ByteBuffer localHeader(byte[] name, long size, long position) {
        boolean wide = size >= SATURATED;
        int wideBytes = wide ? 4 + 2 * Long.BYTES : 0;
        int unpadded = LOCAL_BYTES + name.length + wideBytes + 4;
        int padding = (int) Math.floorMod(-(position + unpadded), (long) ALIGNMENT);
        ByteBuffer header = littleEndian(unpadded + padding);
        header.putInt(LOCAL_SIGNATURE);
        putMethod(header, wide);
        header.putInt(0);
        putSizes(header, size);
        putLengths(header, name.length, wideBytes + 4 + padding);
        header.put(name);
        if (wide) {
            header.putShort(ZIP64_FIELD)
                    .putShort((short) (2 * Long.BYTES))
                    .putLong(size)
                    .putLong(size);
        }
        header.putShort(PADDING_FIELD).putShort((short) padding);
        Arrays.fill(header.array(), header.position(), header.limit(), (byte) 'Z');
        return header.rewind();
    }

    private static ByteBuffer centralHeader(Entry entry) {
        boolean wideSize = entry.size >= SATURATED;
        boolean widePosition = entry.position >= SATURATED;
        int wideBytes = (wideSize ? 2 * Long.BYTES : 0) + (widePosition ? Long.BYTES : 0);
        int extraBytes = wideBytes == 0 ? 0 : 4 + wideBytes;
        ByteBuffer header = littleEndian(CENTRAL_BYTES + entry.name.length + extraBytes);
        header.putInt(CENTRAL_SIGNATURE).putShort(extraBytes == 0 ? VERSION_PLAIN : VERSION_ZIP64);
        putMethod(header, extraBytes != 0);
        header.putInt(entry.checksum);
        putSizes(header, entry.size);
        putLengths(header, entry.name.length, extraBytes);
        short commentLength = 0;
        short disk = 0;
        short internalAttributes = 0;
        int externalAttributes = 0;
        header.putShort(commentLength)
                .putShort(disk)
                .putShort(internalAttributes)
                .putInt(externalAttributes)
                .putInt(saturated(entry.position))
                .put(entry.name);
        if (extraBytes != 0) {
            header.putShort(ZIP64_FIELD).putShort((short) wideBytes);
        }
        if (wideSize) {
            header.putLong(entry.size).putLong(entry.size);
        }
        if (widePosition) {
            header.putLong(entry.position);
        }
        return header.flip();
    }

    private ByteBuffer end(long start, long size) {
        ByteBuffer end = littleEndian(END_BYTES);
        int count = entries.size();
        if (count >= SATURATED_COUNT || start >= SATURATED || size >= SATURATED) {
            long following = 44;
            end.putInt(END64_SIGNATURE)
                    .putLong(following)
                    .putShort(VERSION_ZIP64)
                    .putShort(VERSION_ZIP64);
            end.putInt(0).putInt(0).putLong(count).putLong(count).putLong(size).putLong(start);
            int disks = 1;
            end.putInt(END64_LOCATOR_SIGNATURE).putInt(0).putLong(start + size).putInt(disks);
        }
        short shownCount = (short) Math.min(count, SATURATED_COUNT);
        short commentLength = 0;
        end.putInt(END_SIGNATURE).putInt(0).putShort(shownCount).putShort(shownCount);
        return end.putInt(saturated(size))
                .putInt(saturated(start))
                .putShort(commentLength)
                .flip();
    }

    private static void putMethod(ByteBuffer header, boolean wide) {
        header.putShort(wide ? VERSION_ZIP64 : VERSION_PLAIN)
                .putShort(NAMES_ARE_UTF8)
                .putShort((short) ZipDirectory.STORED)
                .putInt(FIRST_OF_1980);
    }

    private static void putSizes(ByteBuffer header, long size) {
        header.putInt(saturated(size)).putInt(saturated(size));
    }

    private static void putLengths(ByteBuffer header, int name, int extra) {
        header.putShort((short) name).putShort((short) extra);
    }

    private static int saturated(long value) {
        return (int) Math.min(value, SATURATED);
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Passes bytes on and keeps their checksum. */
    private static final class Checksum implements WritableByteChannel {

        private final WritableByteChannel target;
        private final CRC32 crc = new CRC32();

        Checksum(WritableByteChannel target) {
            this.target = target;
        }

        int value() {
            return (int) crc.getValue();
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            ByteBuffer passed = bytes.duplicate();
            int count = target.write(bytes);
            crc.update(passed.limit(passed.position() + count));
            return count;
        }

        @Override
        public boolean isOpen() {
            return target.isOpen();
        }

        @Override
        public void close() {
            // The archive goes on.
        }
    }
}
