package dev.mmgen.train.loss;

/** The number of targets, drawn from all but RGB, that are left out of the loss. */
public enum TargetDropping {
    /** None. */
    NONE,
    /** Any number, 0 included: the reference with one condition per sample. */
    ANY_NUMBER,
    /**
     * Any number from one per sample on average upwards (RGB is drawn along, but never dropped): without conditions.
     */
    AT_LEAST_ONE_PER_SAMPLE
}
