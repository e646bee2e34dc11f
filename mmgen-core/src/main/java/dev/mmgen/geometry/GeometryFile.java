package dev.mmgen.geometry;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Files that appear whole or not at all. */
final class GeometryFile {

    private GeometryFile() {}

    /**
     * Writes a file; missing folders are made.
     *
     * @throws UncheckedIOException if it cannot be written; a file that was there before is then unchanged
     */
    static void write(Path file, ByteBuffer... parts) {
        Path target = file.toAbsolutePath();
        Path partial = target.resolveSibling("." + UUID.randomUUID() + ".tmp");
        try {
            Files.createDirectories(target.resolveSibling(""));
            try {
                try (FileChannel channel =
                        FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                    for (ByteBuffer part : parts) {
                        while (part.hasRemaining()) {
                            channel.write(part);
                        }
                    }
                }
                replace(partial, target);
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file + ": " + e.getClass().getSimpleName() + " "
                    + e.getMessage() + "; check the folder, its permissions and the space on the disk", e);
        }
    }

    private static void replace(Path partial, Path target) throws IOException {
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            throw new IOException("it is not a regular file");
        }
        try {
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException _) {
            Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
