package dev.mmgen.torch.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
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
 * A file that is written under a temporary name beside its target and renamed when it is complete, so that readers see
 * the old file or the new one but never a part. Closed before {@link #commit}, it vanishes and the old one stays.
 *
 * {@snippet class="dev.mmgen.torch.SnippetsTest" region="atomic-file"}
 *
 * <p>The folder must exist. Instances belong to one thread.
 */
public final class AtomicFile implements AutoCloseable {

    /** A writer of a file's contents. */
    @FunctionalInterface
    public interface Contents {
        /** Writes from the channel's position on. */
        void writeTo(FileChannel channel) throws IOException;
    }

    private static final int BUFFER_BYTES = 1 << 16;

    /** Without the target's name, which may be as long as a name can be; nobody's own files are named so. */
    private static final Pattern UNFINISHED = Pattern.compile("\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.tmp");

    private final Path target;
    private final Path temporary;
    private final FileChannel channel;
    private final OutputStream stream;

    private AtomicFile(Path target, Path temporary, FileChannel channel) {
        this.target = target;
        this.temporary = temporary;
        this.channel = channel;
        this.stream = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
    }

    /**
     * Begins a file.
     *
     * @throws IOException if the folder cannot be written to, or something other than a regular file has the name
     */
    public static AtomicFile open(Path target) throws IOException {
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            throw new IOException(target + " exists and is not a regular file");
        }
        Path temporary = hidden(target);
        return new AtomicFile(
                target,
                temporary,
                FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
    }

    /** Returns a buffered stream into the file; {@link #commit} flushes it, {@link #close} closes it. */
    public OutputStream stream() {
        return stream;
    }

    /** Returns the file itself, for those who seek or bring buffers of their own. Flush the stream before using it. */
    public FileChannel channel() {
        return channel;
    }

    /**
     * Gives the file its name, complete and on disk.
     *
     * @throws IOException if that fails; the old file is untouched then
     */
    public void commit() throws IOException {
        stream.flush();
        channel.force(true);
        rename();
        forceFolder();
    }

    /** Drops the file unless it is committed. Closing twice has no effect. */
    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(temporary);
    }

    /**
     * Writes bytes; they are on disk when this returns.
     *
     * @throws IOException if that fails; the old file is untouched then
     */
    public static void write(Path target, byte[] contents) throws IOException {
        write(target, channel -> writeFully(channel, ByteBuffer.wrap(contents)));
    }

    /**
     * Writes a file; it is on disk when this returns.
     *
     * @throws IOException if that fails; the old file is untouched then
     */
    public static void write(Path target, Contents contents) throws IOException {
        try (AtomicFile file = open(target)) {
            contents.writeTo(file.channel);
            file.commit();
        }
    }

    /**
     * Writes a file and leaves it to the system when it goes to disk: for results that can be made again.
     *
     * @throws IOException if that fails; the old file is untouched then
     */
    public static void replace(Path target, Contents contents) throws IOException {
        try (AtomicFile file = open(target)) {
            contents.writeTo(file.channel);
            file.rename();
        }
    }

    /** Writes all bytes that remain in a buffer. */
    public static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /**
     * Returns true if a folder is there and takes a new file. One is made and deleted to find out: permissions say nothing to root, nor of file
     * systems that take none.
     */
    public static boolean takesFiles(Path folder) {
        try {
            Files.delete(Files.createTempFile(folder, ".mmgen", null));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns true for a file that was left half written by a process that was killed. */
    public static boolean isUnfinished(Path file) {
        return hasTemporaryName(file) && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    static boolean hasTemporaryName(Path path) {
        return UNFINISHED.matcher(path.getFileName().toString()).matches();
    }

    /** Returns a temporary name beside a path. */
    static Path hidden(Path path) {
        return path.resolveSibling("." + UUID.randomUUID() + ".tmp");
    }

    private void rename() throws IOException {
        // Closed first: Windows renames no open file.
        channel.close();
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException _) {
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** A rename survives a power cut once its folder is on disk, too. */
    private void forceFolder() {
        Path folder = target.toAbsolutePath().getParent();
        try (FileChannel entries = FileChannel.open(folder, StandardOpenOption.READ)) {
            entries.force(true);
        } catch (IOException _) {
            // Windows opens no folders; the rename itself has happened.
        }
    }
}
