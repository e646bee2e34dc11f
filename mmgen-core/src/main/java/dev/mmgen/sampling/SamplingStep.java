package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.time.Duration;
import java.util.function.Consumer;

/** A finished step, as a listener sees it. Valid during the call only. */
public final class SamplingStep {

    private final int index;
    private final int total;
    private final double time;
    private final Duration elapsed;
    private final Tensor latents;
    private boolean cancelled;

    private SamplingStep(int index, int total, double time, Duration elapsed, Tensor latents) {
        this.index = index;
        this.total = total;
        this.time = time;
        this.elapsed = elapsed;
        this.latents = latents;
    }

    /** Tells a listener, in a scope of its own, and stops the run if it asks for that. */
    static void report(Consumer<? super SamplingStep> listener, int index, TimeGrid grid, long began, Tensor latents) {
        Duration elapsed = Duration.ofNanos(System.nanoTime() - began);
        SamplingStep step = new SamplingStep(index, grid.steps(), grid.time(index), elapsed, latents);
        try (TensorScope _ = TensorScope.open()) {
            listener.accept(step);
        }
        if (step.cancelled) {
            throw new SamplingCancelledException(index, grid.steps());
        }
    }

    /** Returns how many steps are done, from 1. */
    public int index() {
        return index;
    }

    /** Returns how many steps there are. */
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
}
