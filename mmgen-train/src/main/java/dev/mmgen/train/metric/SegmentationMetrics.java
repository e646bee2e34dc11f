package dev.mmgen.train.metric;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The mean intersection over union of labels with a fixed meaning (Everingham et al., Pascal VOC): intersections and
 * unions are summed over all images, then divided class by class. Classes with no pixel in truth or prediction are
 * left out.
 *
 * <p>Pixels whose true label is negative do not count. A negative predicted label is none: a miss of the true class.
 * Not thread-safe.
 */
public final class SegmentationMetrics {

    private final ConfusionMatrix total;

    /**
     * @param classes the number of labels; they run from 0
     * @throws IllegalArgumentException if it is not between 1 and 8192
     */
    public SegmentationMetrics(int classes) {
        if (classes < 1 || classes > 8192) {
            throw new IllegalArgumentException("segmentation into " + classes + " classes; there can be 1 to 8192");
        }
        total = new ConfusionMatrix(classes, classes);
    }

    /**
     * Scores an image and adds it to the total.
     *
     * @param predicted the label of each pixel
     * @param truth     the true label of each pixel
     * @throws IllegalArgumentException if lengths differ or a label is not under the number of classes
     */
    public SegmentationScore add(int[] predicted, int[] truth) {
        if (predicted.length != truth.length) {
            throw new IllegalArgumentException(
                    predicted.length + " predicted labels for " + truth.length + " true ones");
        }
        int classes = total.truthLabels();
        ConfusionMatrix image = new ConfusionMatrix(classes, classes);
        for (int i = 0; i < truth.length; i++) {
            if (truth[i] >= classes || predicted[i] >= classes) {
                throw new IllegalArgumentException("pixel " + i + " has predicted label " + predicted[i]
                        + " and true label " + truth[i] + ", but there are only " + classes + " classes");
            }
            if (truth[i] >= 0) {
                image.add(truth[i], predicted[i]);
            }
        }
        total.add(image);
        return score(image);
    }

    /** Returns the figures over all images so far. */
    public SegmentationScore total() {
        return score(total);
    }

    /** Returns the intersection over union of each class over all images; NaN for a class without pixels. */
    public List<Double> classIou() {
        return ious(total).boxed().toList();
    }

    private static DoubleStream ious(ConfusionMatrix matrix) {
        return IntStream.range(0, matrix.truthLabels()).mapToDouble(label -> matrix.iou(label, label));
    }

    private static SegmentationScore score(ConfusionMatrix matrix) {
        long pixels = matrix.pixels();
        if (pixels == 0) {
            return SegmentationScore.NONE;
        }
        double meanIou =
                ious(matrix).filter(iou -> !Double.isNaN(iou)).average().orElseThrow();
        long right = IntStream.range(0, matrix.truthLabels())
                .mapToLong(label -> matrix.count(label, label))
                .sum();
        return new SegmentationScore(
                meanIou, (double) right / pixels, matrix.truthSegments(), matrix.predictedSegments(), pixels);
    }
}
