package dev.mmgen.shapes.evaluation;

import dev.mmgen.MultiModalImage;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.train.metric.DepthMetrics;
import dev.mmgen.train.metric.NormalMetrics;

/**
 * The agreement of depth, normals and segmentation of images by geometry alone. True scenes do not score perfectly:
 * 8-bit depth blurs normals, and solids have edges within. Not thread-safe.
 */
public final class GeometricAgreement {

    private final ShapesWorld edition;
    private final NormalMetrics normals = new NormalMetrics();
    private final EdgeAgreement near = new EdgeAgreement(1);
    private final EdgeAgreement far = new EdgeAgreement(2);

    /** Begins without images. */
    public GeometricAgreement(ShapesWorld edition) {
        this.edition = edition;
    }

    /**
     * The figures over all images.
     *
     * @param normal mean angle between the normals and those that follow from depth, in degrees, away from the mask's edges
     * @param edges1 F-score between the mask's edges and those of depth and normals, up to 1 pixel apart
     * @param edges2 the same up to 2 pixels apart
     */
    public record Score(double normal, double edges1, double edges2) {}

    /** Adds an image that has depth, normals and segmentation. */
    public void add(MultiModalImage image) {
        int width = image.depth().width();
        int height = image.depth().height();
        float[] depth = DepthMetrics.levels(image.depth());
        float[] shown = NormalMetrics.decode(image.normal());
        int[] labels = edition.palette().labels(image.segmentation());
        DepthNormals derived = new DepthNormals(depth, labels, width, height);
        normals.add(derived.fitted(shown), shown, derived.inside());
        EdgeMap borders = EdgeMap.ofLabels(labels, width, height);
        EdgeMap surfaces = EdgeMap.ofSurfaces(depth, shown, width, height);
        near.add(borders, surfaces);
        far.add(borders, surfaces);
    }

    /** Returns the figures so far; NaN before the first image. */
    public Score score() {
        return new Score(normals.total().mean(), near.score(), far.score());
    }

    /**
     * The agreement of the edges of two kinds of pictures: the boundary F-score (Martin, Fowlkes and Malik, 2004),
     * here of counts over all images, and with each edge free to match several. Not thread-safe.
     */
    static final class EdgeAgreement {

        private final int tolerance;
        private long first;
        private long firstMatched;
        private long second;
        private long secondMatched;

        /**
         * @param tolerance how many pixels apart edges may lie
         */
        EdgeAgreement(int tolerance) {
            this.tolerance = tolerance;
        }

        /** Adds the edges of an image, of one size. */
        void add(EdgeMap one, EdgeMap other) {
            first += one.count();
            firstMatched += one.near(other, tolerance);
            second += other.count();
            secondMatched += other.near(one, tolerance);
        }

        /** Returns the harmonic mean of both sides' shares of edges that are matched, 0 to 1; NaN where a side has no edge. */
        double score() {
            double one = (double) firstMatched / first;
            double other = (double) secondMatched / second;
            return one + other == 0 ? 0 : 2 * one * other / (one + other);
        }
    }
}
