package dev.mmgen.train.label;

import dev.mmgen.image.RgbImage;

/**
 * The picture of a depth map in grey levels: the smallest value of the image is 0, the largest 255, in single precision
 * ({@code data/preprocess_depth.py}). Larger means nearer, as in the output of Depth Anything.
 */
public final class DepthRendering {

    private static final double FLAT = 1e-8;

    private DepthRendering() {}

    /**
     * Returns the levels 0 to 255 as unsigned bytes; all 0 for a constant depth.
     *
     * @param depth relative depth of each pixel, finite
     * @throws IllegalArgumentException if there is no pixel, or one is infinite or NaN
     */
    public static byte[] levels(float[] depth) {
        Finite.check(depth, "a depth map");
        float nearest = Float.NEGATIVE_INFINITY;
        float farthest = Float.POSITIVE_INFINITY;
        for (float value : depth) {
            nearest = Math.max(nearest, value);
            farthest = Math.min(farthest, value);
        }
        byte[] levels = new byte[depth.length];
        double range = (double) nearest - farthest;
        if (range > FLAT) {
            for (int i = 0; i < levels.length; i++) {
                float unit = (depth[i] - farthest) / (float) range;
                levels[i] = (byte) (int) Math.rint(unit * 255f);
            }
        }
        return levels;
    }

    /**
     * Returns the grey image.
     *
     * @param depth {@code [height, width]}, row-major
     * @throws IllegalArgumentException if the sizes do not fit, or a value is infinite or NaN
     */
    public static RgbImage render(float[] depth, int width, int height) {
        byte[] levels = levels(depth);
        byte[] rgb = new byte[Math.multiplyExact(levels.length, 3)];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = levels[i / 3];
        }
        return RgbImage.of(width, height, rgb);
    }
}
