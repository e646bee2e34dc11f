package dev.mmgen.torch.weights.zip;

import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.weights.file.FileBytes;
import dev.mmgen.torch.weights.zip.ZipDirectory.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * The decompression of zip entries, which stops at the size they declare. {@code torch.save} does not compress, but other
 * tools that repack its files do.
 */
public final class Inflation {

    private static final int CHUNK = 1 << 16;

    /** Deflate cannot do better than this, so an entry that declares more is a lie. */
    private static final long MAX_RATIO = 1040;

    /** Receives the inflated bytes piece by piece. */
    private interface Sink {
        void accept(ByteBuffer piece) throws IOException;
    }

    private Inflation() {}

    /** Unpacks a small entry. */
    public static ByteBuffer inToMemory(FileBytes file, Entry entry) {
        checkRatio(file, entry);
        ByteBuffer result = ByteBuffer.allocate((int) entry.size()).order(ByteOrder.LITTLE_ENDIAN);
        inflate(file, entry, result::put);
        return result.flip();
    }

    /** Unpacks an entry into a new temporary file, which the caller deletes. */
    public static Path toTemporaryFile(FileBytes file, Entry entry) {
        checkRatio(file, entry);
        Path target = null;
        try {
            target = Files.createTempFile("mmgen-storage", ".bin");
            try (FileChannel channel = FileChannel.open(target, StandardOpenOption.WRITE)) {
                inflate(file, entry, piece -> AtomicFile.writeFully(channel, piece));
            }
            return target;
        } catch (IOException | RuntimeException e) {
            if (target != null) {
                target.toFile().delete();
            }
            throw e instanceof RuntimeException known
                    ? known
                    : fail(file, entry, "cannot be unpacked into a temporary file: " + e.getMessage(), e);
        }
    }

    private static void inflate(FileBytes file, Entry entry, Sink sink) {
        Inflater inflater = new Inflater(true);
        try {
            byte[] piece = new byte[CHUNK];
            long consumed = 0;
            long produced = 0;
            CRC32 crc = new CRC32();
            while (!inflater.finished()) {
                if (inflater.needsInput()) {
                    int length = (int) Math.min(CHUNK, entry.storedSize() - consumed);
                    if (length == 0) {
                        throw fail(file, entry, "its compressed data is truncated", null);
                    }
                    inflater.setInput(file.read(entry.offset() + consumed, length, "zip entry '" + entry.name() + "'"));
                    consumed += length;
                }
                int count = inflater.inflate(piece);
                produced += count;
                if (produced > entry.size() || inflater.needsDictionary()) {
                    throw fail(
                            file,
                            entry,
                            "its compressed data unpacks to more than the declared " + entry.size() + " bytes",
                            null);
                }
                crc.update(piece, 0, count);
                sink.accept(ByteBuffer.wrap(piece, 0, count));
            }
            if (produced != entry.size()) {
                throw fail(
                        file,
                        entry,
                        "its compressed data unpacks to " + produced + " bytes instead of the declared " + entry.size(),
                        null);
            }
            entry.requireCrc(file, crc);
        } catch (DataFormatException | IOException e) {
            throw fail(file, entry, "its compressed data is damaged: " + e.getMessage(), e);
        } finally {
            inflater.end();
        }
    }

    private static void checkRatio(FileBytes file, Entry entry) {
        if (entry.size() / MAX_RATIO > entry.storedSize()) {
            throw fail(
                    file,
                    entry,
                    "declares " + entry.size() + " bytes, more than its " + entry.storedSize()
                            + " compressed bytes can hold",
                    null);
        }
    }

    private static RuntimeException fail(FileBytes file, Entry entry, String problem, @Nullable Throwable cause) {
        return file.fail(entry.name(), problem, cause);
    }
}
