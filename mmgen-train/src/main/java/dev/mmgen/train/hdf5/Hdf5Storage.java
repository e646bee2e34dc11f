package dev.mmgen.train.hdf5;

import dev.mmgen.torch.io.FileReason;
import io.jhdf.Superblock;
import io.jhdf.exceptions.HdfException;
import io.jhdf.storage.HdfBackingStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * A view of an HDF5 file for one operation of jhdf, with a budget: lengths are checked against the file before memory is
 * reserved, and all reads together may take 64 MiB and 8 times the file. Without it a damaged file has jhdf reserve
 * gigabytes, or go round in its structures for minutes. Nor may jhdf go down without end: a stack that overflows within a
 * read leaves the channel believing that somebody reads, so that closing it would wait forever.
 */
final class Hdf5Storage implements HdfBackingStorage {

    private static final long FREE_BYTES = 64L << 20;
    private static final long FILE_MULTIPLE = 8;

    /** A read costs time beside its bytes, so that very many small ones end, too. */
    private static final long BYTES_PER_READ = 64;

    /** jhdf takes about 5 frames for a level of a tree, and a sound tree has fewer than 64 levels. */
    private static final int MOST_FRAMES = 600;

    private static final int READS_PER_LOOK = 8;

    /** More than the tree of a group of a billion names, as our writer makes it. */
    private static final int MOST_BEHIND = 1 << 20;

    private final FileChannel channel;
    private final Superblock superblock;
    private final long length;
    private final AtomicLong budget;
    private final AtomicLong reads = new AtomicLong();
    private long deepest = Long.MAX_VALUE;

    Hdf5Storage(FileChannel channel, Superblock superblock) throws IOException {
        this.channel = channel;
        this.superblock = superblock;
        this.length = channel.size();
        this.budget = new AtomicLong(FREE_BYTES + FILE_MULTIPLE * length);
    }

    /** Returns true if the budget is used up, so that no more can be read. */
    boolean isExhausted() {
        return budget.get() < 0;
    }

    /**
     * Reads a structure. jhdf reads up to twice as much of a tree as it has entries, which in a group at the end of a whole
     * file lies behind the end: those bytes are zero, and nobody looks at them.
     */
    @Override
    public ByteBuffer readBufferFromAddress(long address, int bytes) {
        long start = address + superblock.getBaseAddressByte();
        long inside = length - start;
        if (inside <= 0 || inside >= bytes || bytes > MOST_BEHIND || superblock.getEndOfFileAddress() > length) {
            return mapNoOffset(start, bytes);
        }
        ByteBuffer whole = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return whole.put(mapNoOffset(start, inside)).clear();
    }

    @Override
    public ByteBuffer map(long address, long bytes) {
        return mapNoOffset(address + superblock.getBaseAddressByte(), bytes);
    }

    @Override
    public ByteBuffer mapNoOffset(long address, long bytes) {
        if (address < 0 || bytes < 0 || bytes > Integer.MAX_VALUE - 8 || address > length - bytes) {
            throw new HdfException(
                    bytes + " bytes at address " + address + " are not within the file, which has " + length);
        }
        if (isTooDeep() || budget.addAndGet(-bytes - BYTES_PER_READ) < 0) {
            throw new HdfException("its structures lead in circles, or to far more than the file holds");
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
        try {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, address + buffer.position()) < 0) {
                    throw new HdfException("the file was cut short while it was read");
                }
            }
        } catch (IOException e) {
            throw new HdfException("reading failed: " + FileReason.reading(e), e);
        }
        return buffer.flip();
    }

    /** Most operations read less often than once per look, and pay nothing. The first look says how deep a sound tree is. */
    private boolean isTooDeep() {
        long read = reads.incrementAndGet();
        if (read % READS_PER_LOOK != 0) {
            return false;
        }
        long depth = StackWalker.getInstance().walk(Stream::count);
        if (read == READS_PER_LOOK) {
            deepest = depth + MOST_FRAMES;
        }
        return depth > deepest;
    }

    @Override
    public long getUserBlockSize() {
        return superblock.getBaseAddressByte();
    }

    @Override
    public Superblock getSuperblock() {
        return superblock;
    }

    @Override
    public FileChannel getFileChannel() {
        return channel;
    }

    @Override
    public int getSizeOfOffsets() {
        return superblock.getSizeOfOffsets();
    }

    @Override
    public int getSizeOfLengths() {
        return superblock.getSizeOfLengths();
    }

    @Override
    public long size() {
        return length;
    }

    @Override
    public boolean inMemory() {
        return false;
    }

    /** Does nothing: the file is closed by its {@link Hdf5File}. */
    @Override
    public void close() {}
}
