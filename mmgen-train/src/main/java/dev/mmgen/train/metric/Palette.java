package dev.mmgen.train.metric;

import dev.mmgen.image.RgbImage;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The colours that stand for labels in a segmentation picture: label i has colour i. Immutable.
 */
public final class Palette {

    private final int[] colours;

    private Palette(int[] colours) {
        this.colours = colours;
    }

    /**
     * Returns the palette of these colours.
     *
     * @param colours at least one, each {@code 0xRRGGBB}
     * @throws IllegalArgumentException if there is none, or one is out of range or listed twice
     */
    public static Palette of(int... colours) {
        if (colours.length == 0 || Arrays.stream(colours).distinct().count() != colours.length) {
            throw new IllegalArgumentException("a palette needs at least one colour, and each once");
        }
        for (int colour : colours) {
            if (colour >>> 24 != 0) {
                throw new IllegalArgumentException(Integer.toHexString(colour) + " is not a colour 0xRRGGBB");
            }
        }
        return new Palette(colours.clone());
    }

    /**
     * Returns the colours of a picture, in the order in which they appear: the palette of a mask whose colours were
     * chosen at random.
     *
     * @param limit the most colours to expect
     * @throws IllegalArgumentException if there are more, as in a photo or a mask that went through JPEG
     */
    public static Palette distinct(RgbImage picture, int limit) {
        Set<Integer> seen = new LinkedHashSet<>();
        byte[] rgb = picture.rgb();
        for (int i = 0; i < rgb.length; i += 3) {
            if (seen.add(colour(rgb, i)) && seen.size() > limit) {
                throw new IllegalArgumentException(picture + " has more than " + limit
                        + " colours; it is no segmentation mask, or was stored with losses");
            }
        }
        return new Palette(seen.stream().mapToInt(Integer::intValue).toArray());
    }

    /** Returns the number of labels. */
    public int size() {
        return colours.length;
    }

    /** Returns the colour {@code 0xRRGGBB} of a label. */
    public int colour(int label) {
        return colours[label];
    }

    /**
     * Returns the label of each pixel: the palette's colour nearest to it by Euclidean distance in RGB, of equally near
     * ones the first.
     *
     * @return {@code [height, width]}
     */
    public int[] labels(RgbImage picture) {
        byte[] rgb = picture.rgb();
        int[] labels = new int[rgb.length / 3];
        int lastColour = -1;
        int lastLabel = 0;
        for (int i = 0; i < labels.length; i++) {
            int colour = colour(rgb, 3 * i);
            if (colour != lastColour) {
                lastColour = colour;
                lastLabel = nearest(colour);
            }
            labels[i] = lastLabel;
        }
        return labels;
    }

    private int nearest(int colour) {
        int best = 0;
        for (int label = 1; label < colours.length; label++) {
            if (distance(colour, colours[label]) < distance(colour, colours[best])) {
                best = label;
            }
        }
        return best;
    }

    private static int distance(int a, int b) {
        int red = (a >> 16) - (b >> 16);
        int green = (a >> 8 & 0xff) - (b >> 8 & 0xff);
        int blue = (a & 0xff) - (b & 0xff);
        return red * red + green * green + blue * blue;
    }

    private static int colour(byte[] rgb, int at) {
        return (rgb[at] & 0xff) << 16 | (rgb[at + 1] & 0xff) << 8 | (rgb[at + 2] & 0xff);
    }
}
