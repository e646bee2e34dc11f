package dev.mmgen.train;

/** What the model's tokens are aligned with. */
public enum AlignmentSource {
    /** Features of an image encoder such as DINOv2, which come with the data. */
    FEATURES,
    /** Deeper tokens of the model's moving average, which sees less noise; see {@link dev.mmgen.train.loss.SelfAlignment}. */
    SELF
}
