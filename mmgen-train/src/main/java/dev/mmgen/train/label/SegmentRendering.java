package dev.mmgen.train.label;

import dev.mmgen.image.RgbImage;
import dev.mmgen.train.random.PathSeed;
import dev.mmgen.train.random.Pcg64;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The picture of segments: each in a random colour, the largest painted first so that smaller ones stay visible, and the
 * pixels of none in one more colour ({@code data/preprocess_mask.py}).
 */
public final class SegmentRendering {

    private SegmentRendering() {}

    /**
     * One segment of an image.
     *
     * @param area   as its finder states it; the larger is painted first
     * @param inside {@code [height, width]}, row-major: true for its pixels
     */
    public record Segment(long area, boolean[] inside) {}

    /**
     * Paints segments.
     *
     * @param segments of one image, in any order, at least one
     * @param seed     of the colours, at least 0; see {@link PathSeed#of}
     * @throws IllegalArgumentException if there is no segment, or one has another number of pixels
     */
    public static RgbImage render(List<Segment> segments, int width, int height, long seed) {
        if (segments.isEmpty()) {
            throw new IllegalArgumentException("an image without segments; there must be at least one");
        }
        List<Segment> order = new ArrayList<>(segments);
        order.sort(Comparator.comparingLong(Segment::area).reversed());
        int pixels = Math.multiplyExact(width, height);
        byte[] rgb = new byte[Math.multiplyExact(pixels, 3)];
        Pcg64 random = new Pcg64(seed);
        for (Segment segment : order) {
            if (segment.inside().length != pixels) {
                throw new IllegalArgumentException(
                        "a segment of " + segment.inside().length + " pixels in an image of " + width + "x" + height);
            }
            byte[] colour = random.bytes(3);
            for (int i = 0; i < pixels; i++) {
                if (segment.inside()[i]) {
                    System.arraycopy(colour, 0, rgb, 3 * i, 3);
                }
            }
        }
        paintBlack(rgb, random.bytes(3));
        return RgbImage.of(width, height, rgb);
    }

    /** Black counts as not covered, even where a segment has that colour, as in the reference. */
    private static void paintBlack(byte[] rgb, byte[] colour) {
        for (int i = 0; i < rgb.length; i += 3) {
            if (rgb[i] == 0 && rgb[i + 1] == 0 && rgb[i + 2] == 0) {
                System.arraycopy(colour, 0, rgb, i, 3);
            }
        }
    }
}
