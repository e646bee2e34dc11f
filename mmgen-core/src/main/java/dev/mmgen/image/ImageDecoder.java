package dev.mmgen.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import javax.imageio.ImageReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads image files. Whatever a damaged or hostile file holds, the outcome is a raster or an {@link ImageException}.
 */
final class ImageDecoder {

    private static final long MAX_FILE_BYTES = 1L << 30;

    private final byte[] file;
    private final ImageFormat format;
    private final ImageReading reading;

    private ImageDecoder(byte[] file, ImageFormat format, ImageReading reading) {
        this.file = file;
        this.format = format;
        this.reading = reading;
    }

    static RgbImage read(Path path, ImageReading reading) {
        try {
            byte[] file = bytes(path);
            ImageFormat format = ImageFormat.ofContent(file)
                    .orElseThrow(() -> new IOException(
                            file.length == 0 ? "the file is empty" : "it is not a PNG, JPEG, WebP, BMP or GIF file"));
            RgbImage image = new ImageDecoder(file, format, reading).decode();
            return reading == ImageReading.NATURAL ? Orientation.of(file).upright(image) : image;
        } catch (NoSuchFileException e) {
            throw new ImageException("no image file " + path + "; check the path", e);
        } catch (ImageException e) {
            throw new ImageException("cannot read image " + path + ": " + e.getMessage(), e);
        } catch (IOException | RuntimeException e) {
            throw new ImageException(
                    "cannot read image " + path + ": " + reason(e) + "; fetch it again or save it as PNG", e);
        } catch (OutOfMemoryError e) {
            throw new ImageException(
                    "cannot read image " + path + ": not enough memory; scale it down or raise the heap with -Xmx", e);
        }
    }

    /** A decoder's runtime exception stems from a damaged file, and its message helps nobody. */
    private static String reason(Exception e) {
        return e instanceof IOException && e.getMessage() != null ? e.getMessage() : "the file is damaged";
    }

    private static byte[] bytes(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            throw new ImageException("it is a folder; name a file in it");
        }
        if (Files.size(path) > MAX_FILE_BYTES) {
            throw new ImageException("the file is over 1 GiB; scale the image down");
        }
        return Files.readAllBytes(path);
    }

    private RgbImage decode() throws IOException {
        boolean clipGrey16 = false;
        if (format == ImageFormat.PNG) {
            clipGrey16 = PngHeader.parse(file).isGreyWithoutAlpha();
        } else if (format == ImageFormat.WEBP) {
            checkRiffLength();
        }
        ImageReader reader = format.reader();
        try (ByteSource source = new ByteSource(file)) {
            RgbImage image = decode(reader, source, clipGrey16);
            if (source.ranOut() && format.tellsItsEnd()) {
                throw truncated(null);
            }
            return image;
        } finally {
            reader.dispose();
        }
    }

    private RgbImage decode(ImageReader reader, ByteSource source, boolean clipGrey16) throws IOException {
        try {
            reader.setInput(source, true, true);
            // Before anything of the claimed size is allocated.
            RgbImage.byteCount(reader.getWidth(0), reader.getHeight(0));
            return format == ImageFormat.JPEG
                    ? JpegColours.parse(file).toRgbImage(reader.readRaster(0, null))
                    : new SampleConversion(reading, clipGrey16).toRgbImage(reader.read(0));
        } catch (IOException e) {
            throw source.ranOut() ? truncated(e) : e;
        }
    }

    private void checkRiffLength() throws IOException {
        long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(4) & 0xffffffffL;
        if (length + 8 > file.length) {
            throw truncated(null);
        }
    }

    private static IOException truncated(@Nullable IOException cause) {
        return new IOException("the file ends early", cause);
    }
}
