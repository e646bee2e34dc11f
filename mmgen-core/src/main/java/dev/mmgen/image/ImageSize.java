package dev.mmgen.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/**
 * The size of a picture in pixels as its file has it: before the EXIF orientation turns it.
 *
 * @param width  of a row, 1 or more
 * @param height rows, 1 or more
 */
public record ImageSize(int width, int height) {

    /**
     * Reads the size of an image file from its head; its pixels are not decoded.
     *
     * @throws ImageException if there is no such file, it is no image that is read here, its head is damaged, or it claims
     *     more than {@link RgbImage#MAX_PIXELS}
     */
    public static ImageSize of(Path file) {
        return ImageInput.of(file).read(ImageSize::of);
    }

    /** Reads the size from the bytes of an image file, see {@link #of(Path)}. */
    public static ImageSize of(byte[] file) {
        return ImageInput.of(file).read(ImageSize::of);
    }

    /** Reads the size from a stream, which is read to its end, see {@link #of(Path)}; the caller closes it. */
    public static ImageSize of(InputStream stream) {
        return ImageInput.of(stream).read(ImageSize::of);
    }

    private static ImageSize of(ImageDecoder decoder) throws IOException {
        return decoder.size();
    }

    /** Returns it as messages have it: {@code 640x480}. */
    @Override
    public String toString() {
        return width + "x" + height;
    }
}
