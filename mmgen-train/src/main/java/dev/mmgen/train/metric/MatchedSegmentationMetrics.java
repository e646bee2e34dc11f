package dev.mmgen.train.metric;

import java.util.HashMap;
import java.util.Map;

/**
 * The mean intersection over union of masks whose labels only separate segments: in each image, true and predicted
 * segments are paired one to one so that the sum of their IoU is the largest (Hungarian method), and the mean is taken
 * over the true segments, those without a partner counting 0. The result is the mean over images.
 *
 * <p>Surplus predicted segments cost nothing by themselves, but what they cover is missing from the paired ones.
 * Pixels whose true label is negative do not count; a negative predicted label is none. Not thread-safe.
 */
public final class MatchedSegmentationMetrics {

    /** The most segments that an image may have. */
    public static final int MAX_SEGMENTS = 2048;

    private int images;
    private int skipped;
    private long pixels;
    private double iouSum;
    private double accuracySum;
    private double truthSum;
    private double predictedSum;

    /**
     * Scores an image and adds it to the mean. An image of which no pixel counts scores NaN and is left out.
     *
     * @param predicted a label for each pixel, any number
     * @param truth     the true label of each pixel, any number
     * @throws IllegalArgumentException if lengths differ or there are more than {@link #MAX_SEGMENTS} segments
     */
    public SegmentationScore add(int[] predicted, int[] truth) {
        SegmentationScore score = score(confusion(predicted, truth));
        if (score.pixels() == 0) {
            skipped++;
            return score;
        }
        images++;
        pixels += score.pixels();
        iouSum += score.meanIou();
        accuracySum += score.accuracy();
        truthSum += score.truthSegments();
        predictedSum += score.predictedSegments();
        return score;
    }

    /** Returns the mean over images, each weighing the same, and all pixels. */
    public SegmentationScore mean() {
        return images == 0
                ? SegmentationScore.NONE
                : new SegmentationScore(
                        iouSum / images, accuracySum / images, truthSum / images, predictedSum / images, pixels);
    }

    /** Returns how many images are in the mean. */
    public int images() {
        return images;
    }

    /** Returns how many images had no pixel that counts. */
    public int skipped() {
        return skipped;
    }

    private static ConfusionMatrix confusion(int[] predicted, int[] truth) {
        if (predicted.length != truth.length) {
            throw new IllegalArgumentException(
                    predicted.length + " predicted labels for " + truth.length + " true ones");
        }
        Map<Integer, Integer> truthPlaces = new HashMap<>();
        Map<Integer, Integer> predictedPlaces = new HashMap<>();
        for (int i = 0; i < truth.length; i++) {
            if (truth[i] >= 0) {
                place(truth[i], truthPlaces);
                if (predicted[i] >= 0) {
                    place(predicted[i], predictedPlaces);
                }
            }
        }
        ConfusionMatrix matrix = new ConfusionMatrix(truthPlaces.size(), predictedPlaces.size());
        for (int i = 0; i < truth.length; i++) {
            if (truth[i] >= 0) {
                matrix.add(place(truth[i], truthPlaces), predicted[i] < 0 ? -1 : place(predicted[i], predictedPlaces));
            }
        }
        return matrix;
    }

    private static int place(int label, Map<Integer, Integer> places) {
        int place = places.computeIfAbsent(label, _ -> places.size());
        if (place == MAX_SEGMENTS) {
            throw new IllegalArgumentException(
                    "more than " + MAX_SEGMENTS + " segments in one mask; decode its colours with a Palette first");
        }
        return place;
    }

    private static SegmentationScore score(ConfusionMatrix matrix) {
        if (matrix.pixels() == 0) {
            return SegmentationScore.NONE;
        }
        double[][] ious = new double[matrix.truthLabels()][matrix.predictedLabels()];
        for (int truth = 0; truth < ious.length; truth++) {
            for (int predicted = 0; predicted < ious[truth].length; predicted++) {
                ious[truth][predicted] = matrix.iou(truth, predicted);
            }
        }
        int[] partners = Assignment.maximise(ious);
        double sum = 0;
        long right = 0;
        for (int truth = 0; truth < partners.length; truth++) {
            if (partners[truth] >= 0) {
                sum += ious[truth][partners[truth]];
                right += matrix.count(truth, partners[truth]);
            }
        }
        return new SegmentationScore(
                sum / partners.length,
                (double) right / matrix.pixels(),
                matrix.truthSegments(),
                matrix.predictedSegments(),
                matrix.pixels());
    }
}
