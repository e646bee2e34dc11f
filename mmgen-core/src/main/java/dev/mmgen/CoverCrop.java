package dev.mmgen;

import dev.mmgen.image.CenterCrop;
import dev.mmgen.image.Resampling;
import dev.mmgen.image.RgbImage;

/**
 * The crop that brings a picture to the size of a request: scaled until it covers that size, then centre-cropped. Requests
 * apply it to their conditions; use it for what must fit them pixel by pixel, such as a picture for {@link Mask#of}.
 *
 * @param width  in pixels
 * @param height in pixels
 */
public record CoverCrop(int width, int height) {

    /**
     * @throws IllegalArgumentException if a side is not positive
     */
    public CoverCrop {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "the crop's size is " + width + " x " + height + " pixels; both must be at least 1");
        }
    }

    /** Returns the picture in this size. */
    public RgbImage apply(RgbImage picture) {
        if (picture.width() == width && picture.height() == height) {
            return picture;
        }
        if (width == height) {
            return new CenterCrop(width).apply(picture);
        }
        RgbImage scaled = picture;
        while (scaled.width() >= 2L * width && scaled.height() >= 2L * height) {
            scaled = Resampling.BOX.resize(scaled, scaled.width() / 2, scaled.height() / 2);
        }
        double scale = Math.max((double) width / scaled.width(), (double) height / scaled.height());
        int newWidth = Math.max(width, (int) Math.rint(scaled.width() * scale));
        int newHeight = Math.max(height, (int) Math.rint(scaled.height() * scale));
        return Resampling.BICUBIC
                .resize(scaled, newWidth, newHeight)
                .crop((newWidth - width) / 2, (newHeight - height) / 2, width, height);
    }
}
