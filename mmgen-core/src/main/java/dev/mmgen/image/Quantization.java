package dev.mmgen.image;

/**
 * The step from a decoder's numbers in [-1, 1] to levels 0 to 255: {@code (v + 1) / 2 · 255}, clamped, in single precision.
 * The reference rounds in two ways.
 */
public enum Quantization {

    /** Drops the fraction, as inference does ({@code exp_sample.py}). */
    TRUNCATE(0f),

    /** Rounds to the nearest level, half up, as the previews during training do ({@code train.py}). */
    ROUND(0.5f);

    private final float offset;

    Quantization(float offset) {
        this.offset = offset;
    }

    /**
     * Returns the numbers as an image. Those outside [-1, 1] are clamped; NaN becomes black.
     *
     * @param chw {@code [3, height, width]}, row-major, nominally in [-1, 1]
     * @throws IllegalArgumentException if a size is not positive or the array has another length
     * @throws ImageException if the image has more than {@link RgbImage#MAX_PIXELS} pixels
     */
    public RgbImage toRgbImage(float[] chw, int width, int height) {
        byte[] rgb = new byte[RgbImage.byteCount(width, height)];
        if (chw.length != rgb.length) {
            throw new IllegalArgumentException(
                    "[3, " + height + ", " + width + "] takes " + rgb.length + " numbers, not " + chw.length);
        }
        int plane = rgb.length / 3;
        for (int i = 0; i < plane; i++) {
            for (int channel = 0; channel < 3; channel++) {
                rgb[i * 3 + channel] = (byte) level((chw[channel * plane + i] + 1) / 2);
            }
        }
        return RgbImage.owning(width, height, rgb);
    }

    /** Returns the level, 0 to 255, of a number in [0, 1]. */
    int level(float unit) {
        return (int) Math.clamp(unit * 255 + offset, 0f, 255f);
    }
}
