package dev.mmgen.torch.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes a file under a temporary name beside its target and renames it when it is complete and on disk, so that
 * readers see the old file or the new one but never a part. If anything fails, the temporary file is removed and the
 * old one stays.
 */
public final class AtomicFile {

    /** Writes the contents. */
    @FunctionalInterface
    public interface Contents {
        /** Writes from the channel's position on. */
        void writeTo(FileChannel channel) throws IOException;
    }

    private AtomicFile() {
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
     * Writes what {@code contents} gives.
     *
     * @throws WeightFileException if that fails
     */
    public static void write(Path target, Contents contents) {
        Path temporary = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        boolean complete = false;
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE,
                    StandardOpenOption.CREATE_NEW)) {
                contents.writeTo(channel);
                channel.force(true);
            }
            rename(temporary, target);
            complete = true;
        } catch (IOException e) {
            throw new WeightFileException(target, "cannot be written: " + e.getClass().getSimpleName() + ": "
                    + e.getMessage(), e);
        } finally {
            if (!complete) {
                temporary.toFile().delete();
            }
        }
    }

    static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
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
