package dev.mmgen.geometry;

import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.FileReason;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file of a mesh, which appears whole or not at all, or a stream with the same bytes. */
final class GeometryFile {

    private GeometryFile() {}

    /**
     * Writes to a stream, which stays open.
     *
     * @throws UncheckedIOException if the stream fails
     */
    static void write(OutputStream stream, List<ByteBuffer> parts) {
        try {
            WritableByteChannel channel = Channels.newChannel(stream);
            for (ByteBuffer part : parts) {
                AtomicFile.writeFully(channel, part);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a mesh to its stream: " + e.getMessage(), e);
        }
    }

    /**
     * Writes a file; missing folders are made.
     *
     * @throws UncheckedIOException if it cannot be written; a file that was there before is then unchanged
     */
    static void write(Path file, List<ByteBuffer> parts) {
        Path target = file.toAbsolutePath();
        try {
            Files.createDirectories(target.resolveSibling(""));
            AtomicFile.replace(target, channel -> {
                for (ByteBuffer part : parts) {
                    AtomicFile.writeFully(channel, part);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file + ": " + FileReason.writing(e), e);
        }
    }
}
