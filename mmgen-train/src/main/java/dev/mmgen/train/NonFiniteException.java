package dev.mmgen.train;

import java.io.Serial;

/** A loss, or a gradient, that is infinite or not a number. The weights are still those before the step. */
public final class NonFiniteException extends TrainingException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final long step;

    /**
     * Says what failed.
     *
     * @param step that could not be made; 1 is the first
     * @param loss of the step
     * @param what is not finite
     */
    public NonFiniteException(long step, Record loss, String what) {
        super("step " + step + ": " + what + " is not finite; " + loss);
        this.step = step;
    }

    /** Says what failed on other ranks. */
    NonFiniteException(long step, String elsewhere) {
        super("step " + step + " failed on other ranks: " + elsewhere);
        this.step = step;
    }

    NonFiniteException(NonFiniteException cause, String saved) {
        super(cause.getMessage() + "; " + saved, cause);
        this.step = cause.step;
    }

    /** Returns the step that failed; 1 is the first. */
    public long step() {
        return step;
    }
}
