package dev.mmgen.train.metric;

/**
 * The rules by which depth is scored: the pixels that count, and the quantity in which a prediction is brought to the truth's
 * scale.
 *
 * @param space    where scale and shift are fitted
 * @param minDepth the smallest depth that counts, over 0, in the truth's unit
 * @param maxDepth the largest depth that counts; may be infinite in {@link Space#DEPTH}
 */
public record DepthProtocol(Space space, double minDepth, double maxDepth) {

    /** Fitted in depth; every truth of at least 0.001 counts. */
    public static final DepthProtocol DEFAULT = new DepthProtocol(Space.DEPTH, 1e-3, Double.POSITIVE_INFINITY);

    /** The quantity that a predicted depth image is linear in, so that scale and shift are fitted there. */
    public enum Space {
        /** Depth itself, or any truth that is coded as the prediction is. */
        DEPTH,
        /** One over depth: the output of networks trained on disparity, and pictures in which near is bright. */
        DISPARITY
    }

    /**
     * @throws IllegalArgumentException if the range is empty or not positive, or has no finite end in disparity, where
     *                                  an aligned 0 would be an infinite depth
     */
    public DepthProtocol {
        if (!(minDepth > 0 && minDepth < maxDepth) || (space == Space.DISPARITY && Double.isInfinite(maxDepth))) {
            throw new IllegalArgumentException("depths from " + minDepth + " to " + maxDepth + " in " + space
                    + "; the range must be positive and, in DISPARITY, finite");
        }
    }

    /** Returns a copy that fits scale and shift in another space. */
    public DepthProtocol withSpace(Space other) {
        return new DepthProtocol(other, minDepth, maxDepth);
    }

    /** Returns a copy that counts other depths, from the smallest to the largest, in the truth's unit. */
    public DepthProtocol withRange(double smallest, double largest) {
        return new DepthProtocol(space, smallest, largest);
    }

    boolean counts(float truth) {
        return truth >= minDepth && truth <= maxDepth && Float.isFinite(truth);
    }

    /** Returns a true depth in the space of the fit. */
    double target(double depth) {
        return space == Space.DEPTH ? depth : 1 / depth;
    }

    /** Returns the depth of an aligned prediction, kept in range. */
    double depth(double aligned) {
        return space == Space.DEPTH
                ? Math.clamp(aligned, minDepth, maxDepth)
                : 1 / Math.clamp(aligned, 1 / maxDepth, 1 / minDepth);
    }

    /** Returns true if an aligned prediction is out of range. */
    boolean outside(double aligned) {
        return space == Space.DEPTH
                ? aligned < minDepth || aligned > maxDepth
                : aligned < 1 / maxDepth || aligned > 1 / minDepth;
    }
}
