package dev.mmgen.image;

import dev.mmgen.torch.io.FileReason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The place that an image comes from, with the name that messages give it. Whatever a damaged or hostile file holds, the
 * outcome of {@link #read} is a result or an {@link ImageException} that names the file.
 */
final class ImageInput {

    /** The longest file that is read: 1 GiB, as much as 178 million pixels of PNG rarely take. */
    private static final int MAX_BYTES = 1 << 30;

    private final String name;
    private final Content content;

    private ImageInput(String name, Content content) {
        this.name = name;
        this.content = content;
    }

    /** The bytes, read when they are asked for. */
    private interface Content {
        byte[] bytes() throws IOException;
    }

    /** A step from the bytes of one picture to a result. */
    interface Decoding<T> {
        T decode(ImageDecoder decoder) throws IOException;
    }

    static ImageInput of(Path path) {
        return new ImageInput(path.toString(), () -> bytes(path));
    }

    static ImageInput of(byte[] bytes) {
        return new ImageInput("from " + bytes.length + " bytes", () -> bytes);
    }

    /** The stream is read to its end and stays the caller's, who closes it. */
    static ImageInput of(InputStream stream) {
        return new ImageInput("from a stream", () -> bytes(stream));
    }

    /**
     * @throws ImageException if it is no regular file, or over 1 GiB
     */
    static byte[] bytes(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            throw new ImageException("it is a folder; name a file in it");
        }
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new ImageException("it is a pipe or a device; read it as a stream");
        }
        try (InputStream stream = Files.newInputStream(path)) {
            return bytes(stream);
        }
    }

    private static byte[] bytes(InputStream stream) throws IOException {
        byte[] bytes = stream.readNBytes(MAX_BYTES);
        if (bytes.length == MAX_BYTES && stream.read() >= 0) {
            throw new ImageException("it is over 1 GiB; scale the image down");
        }
        return bytes;
    }

    <T> T read(Decoding<T> decoding) {
        try {
            return decoding.decode(ImageDecoder.of(content.bytes()));
        } catch (FileSystemException e) {
            throw new ImageException("cannot read image " + name + ": " + FileReason.reading(e), e);
        } catch (ImageException e) {
            throw new ImageException("cannot read image " + name + ": " + e.getMessage(), e);
        } catch (IOException | RuntimeException e) {
            throw new ImageException(
                    "cannot read image " + name + ": " + reason(e) + "; fetch it again or save it as PNG", e);
        } catch (OutOfMemoryError e) {
            throw new ImageException(
                    "cannot read image " + name + ": there is not enough memory; scale it down or raise the heap with"
                            + " -Xmx",
                    e);
        }
    }

    /** A runtime exception of a decoder comes from a damaged file, and its message would mislead. */
    private static String reason(Exception e) {
        return e instanceof IOException && e.getMessage() != null ? e.getMessage() : "the file is damaged";
    }
}
