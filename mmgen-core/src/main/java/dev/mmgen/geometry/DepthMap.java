package dev.mmgen.geometry;

/**
 * A distance for each pixel, measured along the optical axis.
 *
 * @param width  columns
 * @param height rows
 * @param values {@code [height, width]}, positive, in any unit of length; not copied
 */
public record DepthMap(int width, int height, float[] values) {

    /**
     * @throws IllegalArgumentException if the sizes do not fit, or a value is not positive or not finite
     */
    public DepthMap {
        if (width < 1 || height < 1 || (long) width * height != values.length) {
            throw new IllegalArgumentException(
                    "a depth map of " + width + " x " + height + " pixels needs as many values, not " + values.length);
        }
        for (int i = 0; i < values.length; i++) {
            if (!(values[i] > 0) || Float.isInfinite(values[i])) {
                throw new IllegalArgumentException("the depth of pixel (" + i % width + ", " + i / width + ") is "
                        + values[i] + "; depths are positive and finite");
            }
        }
    }
}
