package dev.mmgen.train.loss;

/**
 * The share of a batch, from its beginning, that is plain joint generation: one time for all modalities, and no condition.
 */
public enum Mixing {
    /** Nothing. */
    NONE,
    /** The first {@code N / 2} samples. */
    HALF,
    /** The first {@code N / 2 + N / 4} samples: the released recipe, which the reference calls quarter mixing. */
    THREE_QUARTERS;

    /** Returns how many samples that is. */
    public int joint(int samples) {
        return switch (this) {
            case NONE -> 0;
            case HALF -> samples / 2;
            case THREE_QUARTERS -> samples / 2 + samples / 4;
        };
    }
}
