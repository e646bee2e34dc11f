package dev.mmgen.geometry;

import dev.mmgen.image.RgbImage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The segments of a segmentation picture, read back from its colours: each frequent colour is one, with what is near to it.
 * Blends at edges and specks belong to what they touch. Colours need not be exact.
 *
 * @param width   of the picture
 * @param height  of the picture
 * @param labels  the segment of each pixel, {@code [height, width]}; not copied
 * @param colours of the segments, {@code 0xRRGGBB}, the most frequent first
 */
public record Segments(int width, int height, int[] labels, List<Integer> colours) {

    /** The largest distance of two colours of one segment; black and white are 442 apart. */
    private static final int REACH = 40;

    /** The least share of the picture that a segment has; less is a speck. */
    private static final double LEAST = 0.003;

    private static final int NONE = -1;

    /**
     * @throws IllegalArgumentException if the sizes do not fit, or a label has no colour
     */
    public Segments {
        colours = List.copyOf(colours);
        if (width < 1 || height < 1 || (long) width * height != labels.length) {
            throw new IllegalArgumentException(
                    "segments of " + width + " x " + height + " pixels need as many labels, not " + labels.length);
        }
        for (int label : labels) {
            if (label < 0 || label >= colours.size()) {
                throw new IllegalArgumentException("the label " + label + " has no colour: there are " + colours.size()
                        + " segments, counted from 0");
            }
        }
    }

    /** Returns the size, for example {@code Segments[64x64]}. */
    @Override
    public String toString() {
        return "Segments[" + width + "x" + height + "]";
    }

    /** Reads the segments of a picture. */
    public static Segments of(RgbImage picture) {
        byte[] rgb = picture.rgb();
        int pixels = rgb.length / 3;
        int least = (int) Math.max(1, LEAST * pixels);
        int[] labels = new int[pixels];
        Arrays.fill(labels, NONE);
        List<Integer> colours = new ArrayList<>();
        for (int colour = commonest(rgb, labels, least); colour != NONE; colour = commonest(rgb, labels, least)) {
            for (int i = 0; i < pixels; i++) {
                if (labels[i] == NONE && distance(colour(rgb, i), colour) <= REACH * REACH) {
                    labels[i] = colours.size();
                }
            }
            colours.add(colour);
        }
        if (colours.isEmpty()) {
            Arrays.fill(labels, 0);
            colours.add(colour(rgb, 0));
        }
        Regions regions = new Regions(labels, picture.width());
        regions.clearSmallerThan(least);
        regions.fill();
        return new Segments(picture.width(), picture.height(), labels, colours);
    }

    /**
     * Reads the segments of a picture whose colours are known: each pixel belongs to the nearest one.
     *
     * @param palette {@code 0xRRGGBB}, at least one; the label of a pixel is the place of its colour
     */
    public static Segments of(RgbImage picture, List<Integer> palette) {
        int[] labels = new int[picture.width() * picture.height()];
        Segments segments = new Segments(picture.width(), picture.height(), labels, palette);
        byte[] rgb = picture.rgb();
        for (int i = 0; i < labels.length; i++) {
            labels[i] = segments.nearest(colour(rgb, i));
        }
        return segments;
    }

    /** Returns the mean of the commonest colours, of 16 levels each, among pixels without a label; NONE if none is common. */
    private static int commonest(byte[] rgb, int[] labels, int least) {
        int[][] bins = new int[1 << 12][4];
        int[] best = bins[0];
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] != NONE) {
                continue;
            }
            int colour = colour(rgb, i);
            int[] bin = bins[(colour >> 20 & 15) << 8 | (colour >> 12 & 15) << 4 | (colour >> 4 & 15)];
            bin[0]++;
            bin[1] += colour >> 16;
            bin[2] += colour >> 8 & 0xff;
            bin[3] += colour & 0xff;
            best = bin[0] > best[0] ? bin : best;
        }
        return best[0] < least ? NONE : best[1] / best[0] << 16 | best[2] / best[0] << 8 | best[3] / best[0];
    }

    private static int colour(byte[] rgb, int pixel) {
        return (rgb[3 * pixel] & 0xff) << 16 | (rgb[3 * pixel + 1] & 0xff) << 8 | (rgb[3 * pixel + 2] & 0xff);
    }

    private static int distance(int one, int other) {
        int red = (one >> 16) - (other >> 16);
        int green = (one >> 8 & 0xff) - (other >> 8 & 0xff);
        int blue = (one & 0xff) - (other & 0xff);
        return red * red + green * green + blue * blue;
    }

    /**
     * Returns the segment whose colour is nearest.
     *
     * @param colour {@code 0xRRGGBB}
     */
    public int nearest(int colour) {
        int best = 0;
        for (int i = 1; i < colours.size(); i++) {
            if (distance(colours.get(i), colour) < distance(colours.get(best), colour)) {
                best = i;
            }
        }
        return best;
    }

    /** Connected pixels of one label. */
    private record Regions(int[] labels, int width) {

        void clearSmallerThan(int least) {
            boolean[] seen = new boolean[labels.length];
            for (int start = 0; start < labels.length; start++) {
                if (!seen[start] && labels[start] != NONE) {
                    List<Integer> region = region(start, seen);
                    if (region.size() < least && region.size() < labels.length) {
                        region.forEach(pixel -> labels[pixel] = NONE);
                    }
                }
            }
        }

        private List<Integer> region(int start, boolean[] seen) {
            List<Integer> region = new ArrayList<>();
            seen[start] = true;
            region.add(start);
            for (int i = 0; i < region.size(); i++) {
                for (int neighbour : neighbours(region.get(i))) {
                    if (!seen[neighbour] && labels[neighbour] == labels[start]) {
                        seen[neighbour] = true;
                        region.add(neighbour);
                    }
                }
            }
            return region;
        }

        /** Lets segments grow over pixels without a label; all of them, if there is no segment. */
        void fill() {
            ArrayDeque<Integer> front = new ArrayDeque<>();
            for (int i = 0; i < labels.length; i++) {
                if (labels[i] != NONE) {
                    front.add(i);
                }
            }
            if (front.isEmpty()) {
                Arrays.fill(labels, 0);
            }
            while (!front.isEmpty()) {
                int pixel = front.remove();
                for (int neighbour : neighbours(pixel)) {
                    if (labels[neighbour] == NONE) {
                        labels[neighbour] = labels[pixel];
                        front.add(neighbour);
                    }
                }
            }
        }

        private int[] neighbours(int pixel) {
            int x = pixel % width;
            int[] all = {pixel - width, pixel + width, x > 0 ? pixel - 1 : NONE, x + 1 < width ? pixel + 1 : NONE};
            return Arrays.stream(all)
                    .filter(other -> other >= 0 && other < labels.length)
                    .toArray();
        }
    }
}
