package dev.mmgen.train.metric;

import static dev.mmgen.train.metric.MetricTable.higher;

/**
 * The score of predicted segments against the true ones.
 *
 * @param meanIou           mean intersection over union, 0 to 1
 * @param accuracy          share of pixels with the right (or the matched) label, 0 to 1
 * @param truthSegments     how many true labels have pixels; a mean over images for a set with matched labels
 * @param predictedSegments how many predicted labels have pixels; likewise
 * @param pixels            how many pixels counted; if none, every figure is NaN
 */
public record SegmentationScore(
        double meanIou, double accuracy, double truthSegments, double predictedSegments, long pixels) {

    static final SegmentationScore NONE = new SegmentationScore(Double.NaN, Double.NaN, Double.NaN, Double.NaN, 0);

    /** Returns the two figures as rows, in percent. */
    public MetricTable table() {
        return MetricTable.of(
                higher("segmentation mIoU", 100 * meanIou, "%"),
                higher("segmentation pixel accuracy", 100 * accuracy, "%"));
    }
}
