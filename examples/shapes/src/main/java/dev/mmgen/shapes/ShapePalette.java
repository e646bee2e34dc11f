package dev.mmgen.shapes;

import dev.mmgen.image.RgbImage;

/**
 * The colours of segments: ground, backdrop, then an edition's {@linkplain ShapesWorld#categories categories} in order. They
 * are far from each other, and from the blends of the ground's or the backdrop's colour with another at an edge, so that labels
 * can be read back from a picture that is slightly wrong. Immutable; see {@link ShapesWorld#palette}.
 */
public final class ShapePalette {

    /** Of the largest edition; a smaller one has the first of them. */
    private static final int[] COLOURS = {
        0xc0a060, 0x4060a0, 0x20c0e0, 0x00ff80, 0xff4060, 0x20e020,
        0xff80e0, 0x202020, 0xa0c0ff, 0xc0ffa0, 0x8000e0, 0xa00000,
        0xa0ff00, 0x608000, 0xe08000, 0xe020c0, 0x008040, 0x000080
    };

    private final int size;

    ShapePalette(int size) {
        this.size = size;
    }

    /** Returns how many labels have a colour. */
    public int size() {
        return size;
    }

    /**
     * Returns the colour of a label, {@code 0xRRGGBB}.
     *
     * @throws IndexOutOfBoundsException if there is no such label
     */
    public int colour(int label) {
        if (label < 0 || label >= size) {
            throw new IndexOutOfBoundsException("label " + label + " has no colour; there are 0 to " + (size - 1));
        }
        return COLOURS[label];
    }

    /**
     * Paints labels.
     *
     * @param labels {@code [height, width]}, row by row
     * @throws IndexOutOfBoundsException if a label has no colour
     */
    public RgbImage paint(int[] labels, int width, int height) {
        byte[] rgb = new byte[Math.multiplyExact(labels.length, 3)];
        for (int i = 0; i < labels.length; i++) {
            int colour = colour(labels[i]);
            rgb[3 * i] = (byte) (colour >> 16);
            rgb[3 * i + 1] = (byte) (colour >> 8);
            rgb[3 * i + 2] = (byte) colour;
        }
        return RgbImage.of(width, height, rgb);
    }

    /** Returns the label whose colour is nearest, for each pixel row by row. */
    public int[] labels(RgbImage picture) {
        byte[] rgb = picture.rgb();
        int[] labels = new int[rgb.length / 3];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = nearest(rgb[3 * i] & 0xff, rgb[3 * i + 1] & 0xff, rgb[3 * i + 2] & 0xff);
        }
        return labels;
    }

    private int nearest(int red, int green, int blue) {
        int best = 0;
        int least = Integer.MAX_VALUE;
        for (int label = 0; label < size; label++) {
            int r = red - (COLOURS[label] >> 16);
            int g = green - (COLOURS[label] >> 8 & 0xff);
            int b = blue - (COLOURS[label] & 0xff);
            int square = r * r + g * g + b * b;
            if (square < least) {
                least = square;
                best = label;
            }
        }
        return best;
    }
}
