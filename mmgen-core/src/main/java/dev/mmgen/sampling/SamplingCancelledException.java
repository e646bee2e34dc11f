package dev.mmgen.sampling;

import java.util.concurrent.CancellationException;

/** Thrown out of a run whose listener cancelled it. Everything the run held has been freed. */
public final class SamplingCancelledException extends CancellationException {

    private static final long serialVersionUID = 1;

    SamplingCancelledException(int step, int total) {
        super("sampling was cancelled after step " + step + " of " + total);
    }
}
