package dev.mmgen.train.metric;

import dev.mmgen.image.RgbImage;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Errors of predicted depth images after least-squares alignment of scale and shift, image by image, and their mean over
 * images (Ranftl et al., arXiv 1907.01341, for the alignment; Eigen et al., arXiv 1406.2283, for the figures).
 *
 * <p>A pixel counts if its mask is set and its truth is finite and within the protocol's range. Aligned depths outside
 * that range, zero and negative ones among them, are moved to its nearer end before anything is measured, and counted.
 * An image of which no pixel counts scores NaN and is left out of the mean. Not thread-safe.
 */
public final class DepthMetrics {

    /**
     * The score of one depth image.
     *
     * @param errors    the figures; all NaN if no pixel counted
     * @param alignment the fitted scale and shift; 0 and NaN if no pixel counted
     * @param pixels    how many pixels counted
     * @param clamped   how many of them had an aligned depth out of range, for instance a negative one
     */
    public record Score(DepthErrors errors, DepthAlignment alignment, int pixels, int clamped) {}

    private final DepthProtocol protocol;
    private DepthErrors sum = DepthErrors.ZERO;
    private int images;
    private int skipped;

    /** Scores by {@link DepthProtocol#DEFAULT}: fitted in depth, every truth of at least 0.001 counts. */
    public DepthMetrics() {
        this(DepthProtocol.DEFAULT);
    }

    /** Scores by a protocol. */
    public DepthMetrics(DepthProtocol protocol) {
        this.protocol = protocol;
    }

    /** Scores an image of which every pixel with a truth in range counts. */
    public Score add(float[] predicted, float[] truth) {
        boolean[] all = new boolean[truth.length];
        Arrays.fill(all, true);
        return add(predicted, truth, all);
    }

    /**
     * Scores an image and adds it to the mean.
     *
     * @param predicted relative depth or disparity of each pixel, in any unit
     * @param truth     depth of each pixel
     * @param valid     which pixels count
     * @throws IllegalArgumentException if lengths differ or the prediction is not finite where a pixel counts
     */
    public Score add(float[] predicted, float[] truth, boolean[] valid) {
        return count(score(predicted, truth, valid, null));
    }

    /**
     * Scores a part of an image that was aligned as a whole: the part gets no line of its own.
     *
     * @param predicted relative depth or disparity of each pixel, in any unit
     * @param truth     depth of each pixel
     * @param valid     which pixels count
     * @param alignment the line, fitted in this protocol's space
     * @throws IllegalArgumentException if lengths differ, the prediction is not finite where a pixel counts, or the line
     *                                  is not finite, as that of an image of which no pixel counted
     */
    public Score add(float[] predicted, float[] truth, boolean[] valid, DepthAlignment alignment) {
        if (!Double.isFinite(alignment.scale()) || !Double.isFinite(alignment.shift())) {
            throw new IllegalArgumentException("a part of an image cannot be aligned by " + alignment);
        }
        return count(score(predicted, truth, valid, alignment));
    }

    private Score count(Score score) {
        if (score.pixels() == 0) {
            skipped++;
        } else {
            images++;
            sum = sum.plus(score.errors());
        }
        return score;
    }

    private Score score(float[] predicted, float[] truth, boolean[] valid, @Nullable DepthAlignment known) {
        if (predicted.length != truth.length || valid.length != truth.length) {
            throw new IllegalArgumentException("a depth image has " + predicted.length + " predictions, " + truth.length
                    + " truths and a mask of " + valid.length + " pixels; the three must be equally many");
        }
        double[] depths = new double[truth.length];
        double[] guesses = new double[truth.length];
        int count = 0;
        for (int i = 0; i < truth.length; i++) {
            if (valid[i] && protocol.counts(truth[i])) {
                if (!Float.isFinite(predicted[i])) {
                    throw new IllegalArgumentException("the predicted depth of pixel " + i + " is " + predicted[i]);
                }
                depths[count] = truth[i];
                guesses[count++] = predicted[i];
            }
        }
        return count == 0
                ? new Score(DepthErrors.NONE, new DepthAlignment(0, Double.NaN), 0, 0)
                : score(Arrays.copyOf(guesses, count), Arrays.copyOf(depths, count), known);
    }

    private Score score(double[] predicted, double[] truth, @Nullable DepthAlignment known) {
        DepthAlignment alignment = known == null
                ? DepthAlignment.leastSquares(
                        predicted, Arrays.stream(truth).map(protocol::target).toArray())
                : known;
        double[] aligned = Arrays.stream(predicted).map(alignment::apply).toArray();
        int clamped = (int) Arrays.stream(aligned).filter(protocol::outside).count();
        double[] depths = Arrays.stream(aligned).map(protocol::depth).toArray();
        return new Score(DepthErrors.of(depths, truth), alignment, truth.length, clamped);
    }

    /** Returns the mean over images, each weighing the same; all NaN before the first. */
    public DepthErrors mean() {
        return images == 0 ? DepthErrors.NONE : sum.times(1.0 / images);
    }

    /** Returns how many images are in the mean. */
    public int images() {
        return images;
    }

    /** Returns how many images had no pixel that counts. */
    public int skipped() {
        return skipped;
    }

    /** Returns a depth picture as numbers in [0, 1], the mean of its three channels: {@code [height, width]}. */
    public static float[] levels(RgbImage picture) {
        byte[] rgb = picture.rgb();
        float[] levels = new float[rgb.length / 3];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = ((rgb[3 * i] & 0xff) + (rgb[3 * i + 1] & 0xff) + (rgb[3 * i + 2] & 0xff)) / 765f;
        }
        return levels;
    }
}
