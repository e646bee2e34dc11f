package dev.mmgen.geometry;

import dev.mmgen.torch.io.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

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
        try {
            Files.createDirectories(target.resolveSibling(""));
            AtomicFile.replace(target, channel -> {
                for (ByteBuffer part : parts) {
                    AtomicFile.writeFully(channel, part);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot write " + file + ": " + e.getClass().getSimpleName() + " " + e.getMessage()
                            + "; check the folder, its permissions and the space on the disk",
                    e);
        }
    }
}
