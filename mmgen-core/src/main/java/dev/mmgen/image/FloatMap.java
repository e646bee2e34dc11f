package dev.mmgen.image;

/**
 * A number for each pixel.
 *
 * @param width  columns, at least 1
 * @param height rows, at least 1
 * @param values {@code [height, width]}, row-major; not copied
 */
public record FloatMap(int width, int height, float[] values) {

    private static final int WHITE = 65_535;

    /**
     * @throws IllegalArgumentException if the sizes do not fit
     */
    public FloatMap {
        if (width < 1 || height < 1 || (long) width * height != values.length) {
            throw new IllegalArgumentException(
                    "a map of " + width + " x " + height + " pixels needs as many numbers, not " + values.length);
        }
    }

    /** Returns the mean of all numbers. */
    public double mean() {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    /** Returns the largest number. */
    public float max() {
        float max = Float.NEGATIVE_INFINITY;
        for (float value : values) {
            max = Math.max(max, value);
        }
        return max;
    }

    /**
     * Returns the map as a picture of 16 bits.
     *
     * @param white the number that is white; 0 is black, and what is outside is clamped
     */
    public GreyImage toGreyImage(double white) {
        int[] levels = new int[values.length];
        for (int i = 0; i < levels.length; i++) {
            double share = white > 0 ? values[i] / white : 0;
            levels[i] = (int) Math.round(Math.clamp(share, 0, 1) * WHITE);
        }
        return GreyImage.of(width, height, levels);
    }

    /** Returns the size, for example {@code FloatMap[64x64]}. */
    @Override
    public String toString() {
        return "FloatMap[" + width + "x" + height + "]";
    }
}
