package dev.mmgen.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The headers of a Linux library, read before the dynamic linker maps it. */
final class ElfFile {

    private static final int MAGIC = 0x464c457f;
    private static final int HEADER_BYTES = 64;
    private static final int SEGMENT_HEADER_BYTES = 56;
    private static final int SEGMENT_TO_LOAD = 1;

    private ElfFile() {}

    /**
     * Returns true if the file ends before a segment that its header promises, as after a download that broke off. The linker
     * would map it all the same, and the process would end at the first touch of what is not there. Files that are not
     * 64-bit little-endian ELF are left to the linker, which refuses them properly.
     */
    static boolean isCutShort(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer header = read(channel, 0, HEADER_BYTES);
            if (header.remaining() < 6 || header.getInt(0) != MAGIC || header.get(4) != 2 || header.get(5) != 1) {
                return false;
            }
            if (header.remaining() < HEADER_BYTES) {
                return true;
            }
            long table = header.getLong(32);
            int entryBytes = Short.toUnsignedInt(header.getShort(54));
            int entries = Short.toUnsignedInt(header.getShort(56));
            if (entryBytes < SEGMENT_HEADER_BYTES) {
                return false;
            }
            for (int i = 0; i < entries; i++) {
                if (isBeyond(channel.size(), table, (i + 1L) * entryBytes)) {
                    return true;
                }
                ByteBuffer segment = read(channel, table + (long) i * entryBytes, SEGMENT_HEADER_BYTES);
                if (segment.getInt(0) == SEGMENT_TO_LOAD
                        && isBeyond(channel.size(), segment.getLong(8), segment.getLong(32))) {
                    return true;
                }
            }
            return false;
        }
    }

    private static boolean isBeyond(long size, long offset, long length) {
        return offset < 0 || length < 0 || offset > size - length;
    }

    private static ByteBuffer read(FileChannel channel, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        int count;
        do {
            count = channel.read(buffer, position + buffer.position());
        } while (count >= 0 && buffer.hasRemaining());
        return buffer.flip();
    }
}
