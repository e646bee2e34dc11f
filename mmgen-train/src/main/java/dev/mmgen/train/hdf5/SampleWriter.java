package dev.mmgen.train.hdf5;

import dev.mmgen.torch.io.FileReason;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.StoredArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A writer of arrays by sample key into one HDF5 file, in the form of the official scripts: float32, contiguous, "/" in a key
 * separating groups.
 *
 * <p>A file is written under the name {@code FILE.partial}, with the list of its samples in {@code FILE.journal}, and gets
 * its own name when it is finished. After a crash the next writer resumes behind the last whole sample; {@link #has} is true
 * for samples that need not be computed again. Memory grows with the keys only, about 200 bytes each. Not thread-safe.
 */
public final class SampleWriter implements AutoCloseable {

    private final Path target;
    private final Path partial;
    private final SampleJournal journal;
    private final FileChannel channel;
    private final FileLock lock;
    private final GroupTree tree = new GroupTree();
    private long end;

    private SampleWriter(Path target, Path partial, FileChannel channel, FileLock lock) throws IOException {
        this.target = target;
        this.partial = partial;
        this.channel = channel;
        this.lock = lock;
        this.journal = SampleJournal.open(sibling(target, ".journal"), channel.size());
        journal.addresses().forEach(tree::add);
        this.end = Math.max(journal.end(), Hdf5Layout.SUPERBLOCK_BYTES);
        channel.truncate(end);
    }

    /**
     * Begins a file, or resumes one that was begun.
     *
     * @throws DataException if the file exists, another process is writing it, or it cannot be written
     */
    public static SampleWriter open(Path file) {
        Path target = file.toAbsolutePath();
        if (Files.exists(target)) {
            throw new DataException(file, "exists already; remove it to write it again");
        }
        FileChannel channel = null;
        try {
            Files.createDirectories(target.getParent());
            Path partial = sibling(target, ".partial");
            channel = FileChannel.open(
                    partial, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            return new SampleWriter(target, partial, channel, lock(channel, file));
        } catch (IOException e) {
            close(channel);
            throw new DataException(file, "cannot be written: " + FileReason.writing(e), e);
        } catch (RuntimeException e) {
            close(channel);
            throw e;
        }
    }

    private static FileLock lock(FileChannel channel, Path file) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return lock;
            }
        } catch (OverlappingFileLockException _) {
            // A writer of this process has it.
        }
        throw new DataException(file, "is being written by another writer");
    }

    private static void close(@Nullable AutoCloseable resource) {
        try {
            if (resource != null) {
                resource.close();
            }
        } catch (Exception _) {
            // The failure that led here matters more.
        }
    }

    private static Path sibling(Path target, String suffix) {
        return target.resolveSibling(target.getFileName() + suffix);
    }

    /** Returns true if the sample was written, now or by an earlier writer. */
    public boolean has(String key) {
        return journal.addresses().containsKey(key);
    }

    /** Returns the number of samples that have been written. */
    public int size() {
        return journal.addresses().size();
    }

    /**
     * Writes one sample.
     *
     * @throws DataException if a value is infinite or NaN, or the file cannot be written; what was written before stays
     * @throws IllegalArgumentException if the key is not valid, or exists already
     */
    public void write(String key, StoredArray array) {
        IndexEntry.requireKey(key);
        int place = array.firstNonFinite();
        if (place >= 0) {
            throw new DataException(
                    target, "cannot take sample '" + key + "': value number " + place + " is " + array.values()[place]);
        }
        long header = end;
        boolean written = false;
        try {
            ByteBuffer values = ByteBuffer.allocate(Math.multiplyExact(array.values().length, Float.BYTES))
                    .order(ByteOrder.LITTLE_ENDIAN);
            values.asFloatBuffer().put(array.values());
            append(Hdf5Layout.datasetHeader(array.shape(), header));
            append(values);
            tree.add(key, header);
            written = true;
            journal.add(key, header, end);
        } catch (IOException e) {
            throw new DataException(target, "cannot be written at sample '" + key + "': " + FileReason.writing(e), e);
        } finally {
            end = written ? end : header;
        }
    }

    private void append(ByteBuffer bytes) throws IOException {
        long position = end;
        int length = bytes.remaining();
        while (bytes.hasRemaining()) {
            position += channel.write(bytes, position);
        }
        end += length + 7 & ~7L;
    }

    /**
     * Completes the file, gives it its name and removes the journal.
     *
     * @throws DataException if the file cannot be written; the writer can be opened again later
     */
    public void finish() {
        try {
            Hdf5Layout layout = new Hdf5Layout(tree.largestGroup());
            Hdf5Layout.Group root = tree.write(layout, new GroupTree.Output() {
                @Override
                public long position() {
                    return end;
                }

                @Override
                public void append(ByteBuffer bytes) throws IOException {
                    SampleWriter.this.append(bytes);
                }
            });
            ByteBuffer superblock = layout.superblock(root, end);
            while (superblock.hasRemaining()) {
                channel.write(superblock, superblock.position());
            }
            channel.truncate(end);
            channel.force(true);
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
            journal.delete();
        } catch (IOException e) {
            throw new DataException(target, "cannot be completed: " + FileReason.writing(e), e);
        }
    }

    /** Closes the files. One that is not finished stays, for the next writer to resume. Closing twice has no effect. */
    @Override
    public void close() {
        journal.close();
        close(lock);
        close(channel);
    }
}
