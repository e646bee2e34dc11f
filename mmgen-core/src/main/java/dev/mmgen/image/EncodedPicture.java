package dev.mmgen.image;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The first picture of a file as its decoder gets it: checked, and without what does not decide pixels. When it exists, its
 * size is known to be within {@link RgbImage#MAX_PIXELS}, and the file is long enough to hold so many pixels.
 */
sealed interface EncodedPicture permits PngFile, JpegFile, WebpFile, GifFile, BmpFile {

    /**
     * Reads the head of a file.
     *
     * @throws IOException if it is damaged or ends early
     * @throws ImageException if it claims too many pixels
     */
    static EncodedPicture parse(byte[] file, ImageFormat format) throws IOException {
        return switch (format) {
            case PNG -> PngFile.parse(file);
            case JPEG -> JpegFile.parse(file);
            case WEBP -> WebpFile.parse(file);
            case GIF -> GifFile.parse(file);
            case BMP -> BmpFile.parse(file);
        };
    }

    /** Returns a file of this picture alone. */
    byte[] decoded();

    /** Returns the EXIF block, if there is one. */
    default byte @Nullable [] exif() {
        return null;
    }
}
