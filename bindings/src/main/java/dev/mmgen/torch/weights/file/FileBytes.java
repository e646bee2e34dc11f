package dev.mmgen.torch.weights.file;

import dev.mmgen.torch.io.FileReason;
import dev.mmgen.torch.io.StandIn;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a file, read piecewise by position. Every read is checked against the size that the file had when it was
 * opened.
 */
public final class FileBytes implements AutoCloseable {

    private static final int HEAD_BYTES = 512;

    private final Path path;
    private final FileFault fault;
    private final FileChannel channel;
    private final long size;

    private FileBytes(Path path, FileFault fault, FileChannel channel, long size) {
        this.path = path;
        this.fault = fault;
        this.channel = channel;
        this.size = size;
    }

    /**
     * Opens a regular file. Pipes and devices are refused before they are opened, since opening one can wait forever;
     * so are a Git LFS pointer and an HTML page, which downloads leave under the names of weight files.
     *
     * @param fault makes what is thrown here and by {@link #read}
     */
    public static FileBytes open(Path path, FileFault fault) {
        if (!Files.exists(path)) {
            throw fault.of(path, null, "there is no such file", null);
        }
        if (!Files.isRegularFile(path)) {
            throw fault.of(
                    path,
                    null,
                    Files.isDirectory(path)
                            ? "is not a regular file but a folder; name a file in it"
                            : "is not a regular file but a pipe, socket or device; copy its content to a file",
                    null);
        }
        FileBytes file;
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            file = new FileBytes(path, fault, channel, channel.size());
        } catch (IOException e) {
            throw fault.of(path, null, "cannot be opened: " + FileReason.reading(e), e);
        }
        try {
            file.refuseStandIns();
            return file;
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** Returns the file. */
    public Path path() {
        return path;
    }

    /** Returns the length in bytes when the file was opened. */
    public long size() {
        return size;
    }

    /** Makes the exception for a fault of the whole file. */
    public RuntimeException fail(String problem) {
        return fault.of(path, null, problem, null);
    }

    /** Makes the exception for a fault of the whole file. */
    public RuntimeException fail(String problem, Throwable cause) {
        return fault.of(path, null, problem, cause);
    }

    /** Makes the exception for a fault of one part of the file. */
    public RuntimeException fail(@Nullable String part, String problem, @Nullable Throwable cause) {
        return fault.of(path, part, problem, cause);
    }

    /**
     * Reads bytes as a little-endian buffer.
     *
     * @param what names the bytes in the error message
     */
    public ByteBuffer read(long offset, int length, String what) {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw fail("is cut off: " + what + " should lie at bytes " + offset + " to " + (offset + length)
                    + " but the file ends at " + size + "; copy or download it again");
        }
        return read(offset, ByteBuffer.allocate(length), what).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Fills a buffer and flips it.
     *
     * @param what names the bytes in the error message
     */
    public ByteBuffer read(long offset, ByteBuffer buffer, String what) {
        long start = offset - buffer.position();
        try {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, start + buffer.position()) < 0) {
                    throw fail("became shorter while " + what + " was read; copy or download it again");
                }
            }
        } catch (IOException e) {
            throw fail("cannot be read: " + FileReason.reading(e), e);
        }
        return buffer.flip();
    }

    private void refuseStandIns() {
        ByteBuffer start = read(0, (int) Math.min(size, HEAD_BYTES), "its beginning");
        byte[] head = new byte[start.remaining()];
        start.get(head);
        StandIn.of(head).ifPresent(standIn -> {
            throw fail("is " + standIn.describe("the file"));
        });
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw fail("cannot be closed: " + FileReason.reading(e), e);
        }
    }
}
