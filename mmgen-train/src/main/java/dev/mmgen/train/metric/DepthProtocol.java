package dev.mmgen.train.metric;

/**
 * Which pixels of a depth image count, and how the prediction is brought to the truth's scale.
 *
 * @param space    where scale and shift are fitted
 * @param minDepth the smallest depth that counts, over 0, in the truth's unit
 * @param maxDepth the largest depth that counts; may be infinite in {@link DepthSpace#DEPTH}
 */
public record DepthProtocol(DepthSpace space, double minDepth, double maxDepth) {

    /** Fitted in depth; every truth of at least 0.001 counts. */
    public static final DepthProtocol DEFAULT = new DepthProtocol(DepthSpace.DEPTH, 1e-3, Double.POSITIVE_INFINITY);

    /**
     * @throws IllegalArgumentException if the range is empty or not positive, or has no finite end in disparity, where
     *                                  an aligned 0 would be an infinite depth
     */
    public DepthProtocol {
        if (!(minDepth > 0 && minDepth < maxDepth) || (space == DepthSpace.DISPARITY && Double.isInfinite(maxDepth))) {
            throw new IllegalArgumentException("depths from " + minDepth + " to " + maxDepth + " in " + space
                    + "; the range must be positive and, in DISPARITY, finite");
        }
    }

    boolean counts(float truth) {
        return truth >= minDepth && truth <= maxDepth && Float.isFinite(truth);
    }

    /** Returns the number to fit to, of a depth. */
    double target(double depth) {
        return space == DepthSpace.DEPTH ? depth : 1 / depth;
    }

    /** Returns the depth of an aligned prediction, kept in range. */
    double depth(double aligned) {
        return space == DepthSpace.DEPTH
                ? Math.clamp(aligned, minDepth, maxDepth)
                : 1 / Math.clamp(aligned, 1 / maxDepth, 1 / minDepth);
    }

    /** Returns true if an aligned prediction has to be moved into the range. */
    boolean outside(double aligned) {
        return space == DepthSpace.DEPTH
                ? aligned < minDepth || aligned > maxDepth
                : aligned < 1 / maxDepth || aligned > 1 / minDepth;
    }
}
