package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;
import java.time.Duration;

/** A finished step, as a listener sees it. Valid during the call only, on the thread of the run. */
public final class SamplingStep {

    private final int index;
    private final int total;
    private final double time;
    private final Duration elapsed;
    private final Tensor latents;
    private boolean cancelled;

    SamplingStep(int index, TimeGrid grid, Duration elapsed, Tensor latents) {
        this.index = index;
        this.total = grid.steps();
        this.time = grid.time(index);
        this.elapsed = elapsed;
        this.latents = latents;
    }

    /** Returns the number of steps done, from 1. */
    public int index() {
        return index;
    }

    /** Returns the number of steps of the run. */
    public int total() {
        return total;
    }

    /** Returns the time that was reached, from 1 (noise) to 0 (data). */
    public double time() {
        return time;
    }

    /** Returns the time since the run began. */
    public Duration elapsed() {
        return elapsed;
    }

    /** Returns the state, {@code [N, C, h, w]} in float64, to look at, not to change. The next step frees it. */
    public Tensor latents() {
        return latents;
    }

    /** Stops the run after this call: it ends with a {@link SamplingCancelledException}. */
    public void cancel() {
        cancelled = true;
    }

    boolean isCancelled() {
        return cancelled;
    }
}
