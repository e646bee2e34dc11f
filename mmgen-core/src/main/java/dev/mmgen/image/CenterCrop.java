package dev.mmgen.image;

/**
 * The square in the middle of an image, as ADM prepares ImageNet: halve with {@link Resampling#BOX} while the short
 * side is at least twice the size, scale the short side to the size with {@link Resampling#BICUBIC}, and cut the
 * middle out.
 * Source: {@code center_crop_arr} in {@code data/mmgen_dataset.py}.
 *
 * @param size rows and columns of the result, at least 1
 */
public record CenterCrop(int size) {

    /**
     * @throws IllegalArgumentException if the size is not positive
     */
    public CenterCrop {
        if (size < 1) {
            throw new IllegalArgumentException("the size of a centre crop must be positive: " + size);
        }
    }

    /**
     * Returns the {@code size × size} pixels in the middle, the short side scaled to fit.
     *
     * @throws ImageException if the image is so long and narrow that, scaled, it has over
     *     {@link RgbImage#MAX_PIXELS} pixels
     */
    public RgbImage apply(RgbImage image) {
        RgbImage scaled = image;
        while (shortSide(scaled) >= 2L * size) {
            scaled = Resampling.BOX.resize(scaled, scaled.width() / 2, scaled.height() / 2);
        }
        double scale = (double) size / shortSide(scaled);
        scaled = Resampling.BICUBIC.resize(
                scaled, scaledSide(scaled.width(), scale), scaledSide(scaled.height(), scale));
        return scaled.crop((scaled.width() - size) / 2, (scaled.height() - size) / 2, size, size);
    }

    private static int shortSide(RgbImage image) {
        return Math.min(image.width(), image.height());
    }

    /** Half to even, as Python rounds. */
    private static int scaledSide(int side, double scale) {
        return (int) Math.rint(side * scale);
    }
}
