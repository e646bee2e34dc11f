package dev.mmgen.torch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/**
 * A library inside a jar or a folder of the class path.
 *
 * @param name its file name
 * @param size in bytes
 * @param crc of its content
 */
record NativeResource(String name, URI location, long size, long crc) {

    private static final int BUFFER_BYTES = 1 << 20;

    /** Reads size and checksum where they are written, in the jar's directory: 400 MB of libraries need not be read. */
    static NativeResource of(URL url) throws IOException {
        String path = url.getPath();
        String name = path.substring(path.lastIndexOf('/') + 1);
        URLConnection connection = connect(url);
        if (connection instanceof JarURLConnection jar) {
            try (var _ = jar.getJarFile()) {
                var entry = jar.getJarEntry();
                if (entry != null && entry.getCrc() >= 0 && entry.getSize() >= 0) {
                    return new NativeResource(name, URI.create(url.toString()), entry.getSize(), entry.getCrc());
                }
            }
        }
        try (var in = new CheckedInputStream(connect(url).getInputStream(), new CRC32())) {
            long size = in.transferTo(OutputStream.nullOutputStream());
            return new NativeResource(
                    name, URI.create(url.toString()), size, in.getChecksum().getValue());
        }
    }

    /**
     * Copies the library into a new file, which is on disk when this returns.
     *
     * @throws IOException also when the bytes are not those that size and checksum promise
     */
    void copyTo(Path file) throws IOException {
        try (InputStream raw = connect(location.toURL()).getInputStream();
                var in = new CheckedInputStream(raw, new CRC32());
                FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            long copied = in.transferTo(Channels.newOutputStream(out));
            if (copied != size || in.getChecksum().getValue() != crc) {
                throw new IOException(location + " is damaged: download its jar anew");
            }
            out.force(true);
        }
    }

    /** Returns true if a regular file of this name and size is in a folder. */
    boolean isAt(Path folder) throws IOException {
        Path file = folder.resolve(name);
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && Files.size(file) == size;
    }

    /** Returns true if the file of this name in a folder has this content; reads all of it, 2 GB a second or so. */
    boolean hasContentAt(Path folder) throws IOException {
        CRC32 found = new CRC32();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        try (FileChannel in = FileChannel.open(folder.resolve(name), StandardOpenOption.READ)) {
            while (in.read(buffer.clear()) >= 0) {
                found.update(buffer.flip());
            }
        }
        return found.getValue() == crc;
    }

    private static URLConnection connect(URL url) throws IOException {
        URLConnection connection = url.openConnection();
        // A cached jar would stay open for the rest of the process.
        connection.setUseCaches(false);
        return connection;
    }
}
