package dev.mmgen.torch.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Writes a file under a temporary name beside its target and renames it when it is complete, so that readers see the old
 * file or the new one but never a part. If anything fails, the temporary file is removed and the old one stays.
 */
public final class AtomicFile {

    /** Writes the contents. */
    @FunctionalInterface
    public interface Contents {
        /** Writes from the channel's position on. */
        void writeTo(FileChannel channel) throws IOException;
    }

    /** The temporary names, which people's own files do not have. */
    private static final Pattern UNFINISHED = Pattern.compile("\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.tmp");

    private AtomicFile() {}

    /** Returns true for a file that a process which was killed left half written. */
    public static boolean isUnfinished(Path file) {
        return UNFINISHED.matcher(file.getFileName().toString()).matches()
                && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Writes bytes, see {@link #write(Path, Contents)}.
     *
     * @throws WeightFileException if that fails
     */
    public static void write(Path target, byte[] contents) {
        write(target, channel -> writeFully(channel, ByteBuffer.wrap(contents)));
    }

    /**
     * Writes what {@code contents} gives; it is on disk when this returns.
     *
     * @throws WeightFileException if that fails
     */
    public static void write(Path target, Contents contents) {
        try {
            replace(target, channel -> {
                contents.writeTo(channel);
                channel.force(true);
            });
        } catch (IOException e) {
            throw new WeightFileException(
                    target, "cannot be written: " + e.getClass().getSimpleName() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Writes what {@code contents} gives, and leaves it to the system when it goes to disk.
     *
     * @throws IOException if that fails, or something that is not a file has the target's name
     */
    public static void replace(Path target, Contents contents) throws IOException {
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            throw new IOException(target + " is there and is not a regular file");
        }
        // Without the target's name, which may be as long as a name can be.
        Path temporary = target.resolveSibling("." + UUID.randomUUID() + ".tmp");
        boolean complete = false;
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
                contents.writeTo(channel);
            }
            rename(temporary, target);
            complete = true;
        } finally {
            if (!complete) {
                temporary.toFile().delete();
            }
        }
    }

    /** Writes all bytes that remain in a buffer. */
    public static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static void rename(Path temporary, Path target) throws IOException {
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException _) {
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
