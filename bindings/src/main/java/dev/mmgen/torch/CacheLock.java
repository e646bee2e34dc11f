package dev.mmgen.torch;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The right to extract, which one process has at a time: six that start together would otherwise write 770 MB each. Where
 * the file system has no locks, or another class loader of this process holds it, work goes on without: it is only slower.
 */
final class CacheLock implements AutoCloseable {

    private final @Nullable FileChannel channel;

    private CacheLock(@Nullable FileChannel channel) {
        this.channel = channel;
    }

    /** Waits for the lock; the system gives it back when this process ends. */
    static CacheLock of(Path file) throws IOException {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
            channel.lock();
            return new CacheLock(channel);
        } catch (IOException | OverlappingFileLockException _) {
            return new CacheLock(channel);
        }
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
