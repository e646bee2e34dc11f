package dev.mmgen.npy;

import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.FileReason;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.stream.LongStream;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A writer of an {@code .npz} file: named arrays one after another, each whole or in pieces. The file appears when it is
 * {@linkplain #finish finished}; if the writer is closed before, an earlier file of this name stays as it was.
 *
 * {@snippet class="dev.mmgen.SnippetsTest" region="npz-writer"}
 *
 * <p>Not thread-safe.
 */
public final class NpzWriter implements AutoCloseable {

    /** The form in which arrays are stored in the archive. */
    public enum Compression {
        /** As they are: {@code numpy.savez}. */
        STORED,
        /** Deflated: {@code numpy.savez_compressed}. */
        DEFLATED
    }

    /** NumPy's own time stamp, so that equal arrays give equal files. */
    private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private final Path file;
    private final Compression compression;
    private final AtomicFile written;
    private final ZipOutputStream zip;
    private @Nullable Entry open;

    private NpzWriter(Path file, Compression compression) throws IOException {
        this.file = file;
        this.compression = compression;
        Path target = file.toAbsolutePath();
        Files.createDirectories(target.resolveSibling(""));
        written = AtomicFile.open(target);
        zip = new ZipOutputStream(written.stream());
    }

    /**
     * Begins a file. Missing folders are made.
     *
     * @throws NpyException if nothing can be written there
     */
    public static NpzWriter create(Path file, Compression compression) {
        try {
            return new NpzWriter(file, compression);
        } catch (IOException e) {
            throw new NpyException(file, "cannot be written: " + FileReason.writing(e), e);
        }
    }

    /**
     * Writes an array.
     *
     * @param name its key, as in {@code numpy.load(file)[name]}
     * @throws NpyException if the name is taken or the file cannot be written
     */
    public void write(String name, NpyArray array) {
        begin(name, array.header());
        append(array.storedBytes());
    }

    /**
     * Begins a uint8 array, whose elements follow in any number of calls of {@link #append}. A stored array goes through a
     * second temporary file, since its checksum is written before it.
     *
     * @throws NpyException if the name is taken or the file cannot be written
     * @throws IllegalStateException if the array before is not complete
     */
    public void begin(String name, long... shape) {
        begin(
                name,
                new NpyHeader(NpyType.UINT8, false, LongStream.of(shape).boxed().toList()));
    }

    private void begin(String name, NpyHeader header) {
        requireComplete();
        try {
            Entry entry = new Entry(name, header);
            open = entry;
            entry.write(header.toBytes());
            endIfComplete(entry);
        } catch (IOException e) {
            throw new NpyException(file, "array '" + name + "' cannot be written: " + FileReason.writing(e), e);
        }
    }

    /**
     * Continues the array that was begun.
     *
     * @throws IllegalStateException if none was begun, or fewer elements are missing
     * @throws NpyException if the file cannot be written
     */
    public void append(byte[] elements) {
        Entry entry = open;
        if (elements.length == 0 && entry == null) {
            return;
        }
        if (entry == null || elements.length > entry.missing) {
            throw new IllegalStateException(
                    file + ": " + elements.length + " bytes are more than the array still needs");
        }
        try {
            entry.write(elements);
            entry.missing -= elements.length;
            endIfComplete(entry);
        } catch (IOException e) {
            throw new NpyException(file, "array '" + entry.name + "' cannot be written: " + FileReason.writing(e), e);
        }
    }

    private void endIfComplete(Entry entry) throws IOException {
        if (entry.missing == 0) {
            entry.end();
            open = null;
        }
    }

    private void requireComplete() {
        Entry entry = open;
        if (entry != null) {
            throw new IllegalStateException(
                    file + ": array '" + entry.name + "' is incomplete: " + entry.missing + " bytes are missing");
        }
    }

    /**
     * Gives the file its name.
     *
     * @throws IllegalStateException if an array is not complete
     * @throws NpyException if the file cannot be written
     */
    public void finish() {
        requireComplete();
        try {
            zip.finish();
            written.commit();
        } catch (IOException e) {
            throw new NpyException(file, "cannot be written: " + FileReason.writing(e), e);
        }
    }

    /** Closes the file; one that is not finished is removed. Closing twice has no effect. */
    @Override
    public void close() {
        try (written) {
            Entry entry = open;
            open = null;
            if (entry != null) {
                entry.discard();
            }
        } catch (IOException e) {
            throw new NpyException(file, "cannot be closed: " + FileReason.writing(e), e);
        }
    }

    /**
     * The array that is being written: into the archive if deflated, else into a temporary file of its own until its checksum
     * is known.
     */
    private final class Entry {

        private final String name;
        private final ZipEntry zipEntry;
        private final CRC32 crc = new CRC32();
        private final @Nullable Path spool;
        private final OutputStream out;
        private long missing;

        Entry(String name, NpyHeader header) throws IOException {
            this.name = name;
            missing = header.bytes();
            zipEntry = new ZipEntry(name + ".npy");
            zipEntry.setTimeLocal(NO_TIME);
            if (compression == Compression.DEFLATED) {
                spool = null;
                zip.putNextEntry(zipEntry);
                out = zip;
            } else {
                spool = Files.createTempFile(file.toAbsolutePath().getParent(), "." + file.getFileName() + ".", ".tmp");
                out = new CheckedOutputStream(new BufferedOutputStream(Files.newOutputStream(spool), 1 << 16), crc);
            }
        }

        void write(byte[] bytes) throws IOException {
            out.write(bytes);
        }

        void end() throws IOException {
            Path spooled = spool;
            if (spooled != null) {
                out.close();
                zipEntry.setMethod(ZipEntry.STORED);
                zipEntry.setSize(Files.size(spooled));
                zipEntry.setCrc(crc.getValue());
                zip.putNextEntry(zipEntry);
                Files.copy(spooled, zip);
                Files.delete(spooled);
            }
            zip.closeEntry();
        }

        void discard() throws IOException {
            Path spooled = spool;
            if (spooled != null) {
                out.close();
                Files.deleteIfExists(spooled);
            }
        }
    }
}
