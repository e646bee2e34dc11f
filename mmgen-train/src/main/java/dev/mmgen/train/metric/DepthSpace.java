package dev.mmgen.train.metric;

/** The quantity that a predicted depth image is linear in: where scale and shift are fitted. */
public enum DepthSpace {
    /** Depth itself, or any truth that is coded as the prediction is. */
    DEPTH,
    /** One over depth: what networks predict that were trained on disparity, and pictures in which near is bright. */
    DISPARITY
}
