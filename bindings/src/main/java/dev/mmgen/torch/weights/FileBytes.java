package dev.mmgen.torch.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The bytes of a file, read piecewise by position. Every read is checked against the size that the file had when it was
 * opened.
 */
final class FileBytes implements AutoCloseable {

    private final Path path;
    private final FileChannel channel;
    private final long size;

    private FileBytes(Path path, FileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
    }

    /**
     * @throws WeightFileException if there is no such regular file or it cannot be read
     */
    static FileBytes open(Path path) {
        if (!Files.exists(path)) {
            throw new WeightFileException(path, "there is no such file");
        }
        if (!Files.isRegularFile(path)) {
            throw new WeightFileException(path, "is not a regular file");
        }
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            return new FileBytes(path, channel, channel.size());
        } catch (IOException e) {
            throw new WeightFileException(path, "cannot be opened: " + e.getMessage(), e);
        }
    }

    Path path() {
        return path;
    }

    long size() {
        return size;
    }

    /**
     * Reads bytes as a little-endian buffer.
     *
     * @param what names the bytes in the error message
     * @throws WeightFileException if the file does not have them
     */
    ByteBuffer read(long offset, int length, String what) {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new WeightFileException(
                    path,
                    "is cut off: " + what + " should lie at bytes " + offset + " to " + (offset + length)
                            + " but the file ends at " + size + "; copy or download it again");
        }
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        try {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, offset + buffer.position()) < 0) {
                    throw new WeightFileException(path, "became shorter while " + what + " was read");
                }
            }
        } catch (IOException e) {
            throw new WeightFileException(path, "cannot be read: " + e.getMessage(), e);
        }
        return buffer.flip();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new WeightFileException(path, "cannot be closed: " + e.getMessage(), e);
        }
    }
}
