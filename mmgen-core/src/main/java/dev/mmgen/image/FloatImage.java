package dev.mmgen.image;

import java.util.Arrays;

/**
 * An image of three channels as an autoencoder decodes it, before it is rounded to the 256 levels of {@link RgbImage}.
 *
 * @param width  columns, at least 1
 * @param height rows, at least 1
 * @param values {@code [3, height, width]}, row-major, nominally from -1 (black) to 1 (white); not copied
 */
public record FloatImage(int width, int height, float[] values) implements DeepImage {

    private static final int WHITE_16 = 65_535;

    /**
     * @throws IllegalArgumentException if a size is not positive or the array has another length
     * @throws ImageException if the image has more than {@link RgbImage#MAX_PIXELS} pixels
     */
    public FloatImage {
        int length = RgbImage.byteCount(width, height);
        if (values.length != length) {
            throw new IllegalArgumentException(
                    "[3, " + height + ", " + width + "] takes " + length + " numbers, not " + values.length);
        }
    }

    /** Returns the levels of an image as numbers: 0 is -1, and 255 is 1. */
    public static FloatImage of(RgbImage image) {
        return new FloatImage(image.width(), image.height(), Normalization.SIGNED.apply(image));
    }

    /** Returns the image of 256 levels; numbers outside [-1, 1] are clamped, and NaN becomes black. */
    public RgbImage toRgbImage(Quantization quantization) {
        return quantization.toRgbImage(values, width, height);
    }

    /**
     * Returns the numbers as a picture's file holds them, pixel by pixel.
     *
     * @return {@code [height, width, 3]}, from 0 (black) to 1 (white), clamped; NaN is black
     */
    public float[] toUnit() {
        int plane = width * height;
        float[] unit = new float[values.length];
        for (int i = 0; i < plane; i++) {
            for (int channel = 0; channel < 3; channel++) {
                float value = (values[channel * plane + i] + 1) / 2;
                unit[3 * i + channel] = value > 0 ? Math.min(value, 1) : 0;
            }
        }
        return unit;
    }

    @Override
    public byte[] toPng() {
        float[] unit = toUnit();
        short[] levels = new short[unit.length];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = (short) Math.round(unit[i] * WHITE_16);
        }
        return DeepRaster.png(levels, width, height);
    }

    /**
     * Returns a part of the image.
     *
     * @throws IllegalArgumentException if it is empty or reaches outside
     */
    public FloatImage crop(int x, int y, int columns, int rows) {
        if (x < 0 || y < 0 || columns < 1 || rows < 1 || columns > width - x || rows > height - y) {
            throw new IllegalArgumentException(
                    "the part at (" + x + ", " + y + ") of " + columns + " x " + rows + " is not within " + this);
        }
        float[] part = new float[3 * columns * rows];
        for (int row = 0; row < 3 * rows; row++) {
            int from = (row / rows * height + y + row % rows) * width + x;
            System.arraycopy(values, from, part, row * columns, columns);
        }
        return new FloatImage(columns, rows, part);
    }

    /** Returns the image in another size, linear between the centres of pixels, or their mean where it becomes smaller. */
    public FloatImage resize(int columns, int rows) {
        FloatScaling across = FloatScaling.linear(width, columns);
        FloatScaling down = FloatScaling.linear(height, rows);
        return scaled(across, down);
    }

    /** Returns the image in another size, whose pixels have the numbers of the nearest ones. */
    public FloatImage resizeToNearest(int columns, int rows) {
        return scaled(FloatScaling.nearest(width, columns), FloatScaling.nearest(height, rows));
    }

    private FloatImage scaled(FloatScaling across, FloatScaling down) {
        float[] wide = across.apply(values, 1);
        float[] all = new float[3 * across.length() * down.length()];
        int plane = across.length() * height;
        for (int channel = 0; channel < 3; channel++) {
            float[] part = Arrays.copyOfRange(wide, channel * plane, (channel + 1) * plane);
            System.arraycopy(down.apply(part, across.length()), 0, all, channel * all.length / 3, all.length / 3);
        }
        return new FloatImage(across.length(), down.length(), all);
    }

    /** Returns the size, for example {@code FloatImage[256x256]}. */
    @Override
    public String toString() {
        return "FloatImage[" + width + "x" + height + "]";
    }
}
