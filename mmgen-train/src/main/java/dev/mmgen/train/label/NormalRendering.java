package dev.mmgen.train.label;

import dev.mmgen.image.RgbImage;

/**
 * The picture of RGB numbers, such as a normal map of StableNormal, in 8-bit levels ({@code to_uint8_rgb} in {@code
 * data/preprocess_utils.py}).
 */
public final class NormalRendering {

    private NormalRendering() {}

    /**
     * Returns levels 0 to 255 as unsigned bytes, rounded half to even. Numbers that all lie in [0, 1] are fractions of
     * 255; others are levels already, and clipped.
     *
     * @throws IllegalArgumentException if there is no number, or one is infinite or NaN
     */
    public static byte[] levels(float[] rgb) {
        Finite.check(rgb, "an RGB image");
        boolean shares = true;
        for (float value : rgb) {
            shares &= value >= 0 && value <= 1;
        }
        byte[] levels = new byte[rgb.length];
        for (int i = 0; i < levels.length; i++) {
            float level = shares ? rgb[i] * 255f : rgb[i];
            levels[i] = (byte) (int) Math.rint(Math.clamp(level, 0f, 255f));
        }
        return levels;
    }

    /**
     * Returns the image.
     *
     * @param rgb {@code [height, width, 3]}, row-major
     * @throws IllegalArgumentException if the sizes do not fit, or a value is infinite or NaN
     */
    public static RgbImage render(float[] rgb, int width, int height) {
        return RgbImage.of(width, height, levels(rgb));
    }
}
