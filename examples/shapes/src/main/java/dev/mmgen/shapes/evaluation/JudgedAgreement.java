package dev.mmgen.shapes.evaluation;

import dev.mmgen.MultiModalImage;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.train.metric.DepthAlignment;
import dev.mmgen.train.metric.DepthMetrics;
import dev.mmgen.train.metric.NormalMetrics;
import dev.mmgen.train.metric.SegmentationMetrics;

/**
 * The agreement of depth, normals and segmentation of images with the {@linkplain Judgement judgement} of their photos. For a
 * true scene it is the judge's own error. Not thread-safe.
 */
public final class JudgedAgreement {

    private final NormalMetrics normals = new NormalMetrics();
    private final ShapesWorld edition;
    private final SegmentationMetrics labels;
    private double depth;
    private int images;

    /** Begins without images. */
    public JudgedAgreement(ShapesWorld edition) {
        this.edition = edition;
        this.labels = new SegmentationMetrics(edition.labels());
    }

    /**
     * The figures over all images.
     *
     * @param depth   mean difference of inverse depth after the judge's was aligned, as a share of the range from far to near
     * @param normal  mean angle, in degrees
     * @param meanIou of the labels, 0 to 1
     */
    public record Score(double depth, double normal, double meanIou) {}

    /** Adds an image with all four modalities, and the judgement of its photo. */
    public void add(MultiModalImage image, Judgement seen) {
        depth += depthDifference(seen.maps().depth(), DepthMetrics.levels(image.depth()));
        normals.add(seen.maps().normals(), NormalMetrics.decode(image.normal()));
        labels.add(seen.maps().labels(), edition.palette().labels(image.segmentation()));
        images++;
    }

    private static double depthDifference(float[] seen, float[] shown) {
        DepthAlignment line = DepthAlignment.leastSquares(doubles(seen), doubles(shown));
        double sum = 0;
        for (int i = 0; i < shown.length; i++) {
            sum += Math.abs(line.scale() * seen[i] + line.shift() - shown[i]);
        }
        return sum / shown.length;
    }

    private static double[] doubles(float[] numbers) {
        double[] wide = new double[numbers.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = numbers[i];
        }
        return wide;
    }

    /** Returns the figures so far; all NaN before the first image. */
    public Score score() {
        return new Score(
                images == 0 ? Double.NaN : depth / images,
                normals.total().mean(),
                labels.total().meanIou());
    }
}
