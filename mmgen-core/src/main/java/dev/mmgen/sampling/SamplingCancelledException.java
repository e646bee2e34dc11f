package dev.mmgen.sampling;

import dev.mmgen.part.NoFault;
import java.util.concurrent.CancellationException;

/**
 * The end of a run that its listener, an interrupt or whoever waited for it cancelled. Everything the run held has been freed.
 */
public final class SamplingCancelledException extends CancellationException implements NoFault {

    private static final long serialVersionUID = 1;

    /** Ends what was cancelled before it came to a step. */
    public SamplingCancelledException(String message) {
        super(message);
    }

    SamplingCancelledException(int step, int total) {
        super("sampling was cancelled after step " + step + " of " + total);
    }
}
