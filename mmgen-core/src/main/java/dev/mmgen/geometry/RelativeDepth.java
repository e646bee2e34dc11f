package dev.mmgen.geometry;

import dev.mmgen.image.FloatImage;
import dev.mmgen.image.GreyImage;

/**
 * The nearness of each pixel: inverse depth up to an unknown scale and shift, as models read it from a photo. 1 is the
 * nearest that a picture can show and 0 the farthest, the opposite direction of a distance. {@link DepthUnprojection} makes
 * distances of it where the range is known, {@link DepthFit} where the normals are.
 *
 * @param width  columns
 * @param height rows
 * @param values {@code [height, width]}, from 0 (far) to 1 (near); not copied
 */
public record RelativeDepth(int width, int height, float[] values) {

    private static final int WHITE = 65_535;

    /**
     * @throws IllegalArgumentException if the sizes do not fit, or a value is not from 0 to 1
     */
    public RelativeDepth {
        if (width < 1 || height < 1 || (long) width * height != values.length) {
            throw new IllegalArgumentException("a relative depth of " + width + " x " + height
                    + " pixels needs as many values, not " + values.length);
        }
        for (int i = 0; i < values.length; i++) {
            if (!(values[i] >= 0 && values[i] <= 1)) {
                throw new IllegalArgumentException("the relative depth of pixel (" + i % width + ", " + i / width
                        + ") is " + values[i] + "; it must be from 0 (far) to 1 (near)");
            }
        }
    }

    /** Returns the size, for example {@code RelativeDepth[64x64]}. */
    @Override
    public String toString() {
        return "RelativeDepth[" + width + "x" + height + "]";
    }

    /** Reads nearness from a decoded depth picture: the mean of its channels, of which white is near; clamped. */
    public static RelativeDepth of(FloatImage picture) {
        float[] unit = picture.toUnit();
        float[] values = new float[unit.length / 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.min(1, (unit[3 * i] + unit[3 * i + 1] + unit[3 * i + 2]) / 3);
        }
        return new RelativeDepth(picture.width(), picture.height(), values);
    }

    /** Returns the 65,536 levels of a 16-bit picture; near is white. */
    public GreyImage toGreyImage() {
        int[] levels = new int[values.length];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = Math.round(values[i] * WHITE);
        }
        return GreyImage.of(width, height, levels);
    }
}
