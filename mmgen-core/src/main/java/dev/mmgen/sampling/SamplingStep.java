package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** A finished step, as a listener sees it. Valid during the call only, on the thread of the run. */
public final class SamplingStep {

    private final int index;
    private final int total;
    private final int batch;
    private final int batches;
    private final double time;
    private final Duration elapsed;
    private final Tensor latents;
    private final AtomicBoolean cancelled;

    SamplingStep(int index, TimeGrid grid, Duration elapsed, Tensor latents) {
        this.index = index;
        this.total = grid.steps();
        this.batch = 1;
        this.batches = 1;
        this.time = grid.time(index);
        this.elapsed = elapsed;
        this.latents = latents;
        this.cancelled = new AtomicBoolean();
    }

    private SamplingStep(SamplingStep step, int batch, int batches) {
        this.index = step.index;
        this.total = step.total;
        this.batch = batch;
        this.batches = batches;
        this.time = step.time;
        this.elapsed = step.elapsed;
        this.latents = step.latents;
        this.cancelled = step.cancelled;
    }

    /**
     * Returns this step as one of a batch among several, for those who draw batch after batch; cancelling it cancels this.
     *
     * @param newBatch   from 1 to {@code newBatches}
     * @param newBatches of the whole
     */
    public SamplingStep ofBatch(int newBatch, int newBatches) {
        if (newBatch < 1 || newBatch > newBatches) {
            throw new IllegalArgumentException("batch is " + newBatch + "; it must be from 1 to " + newBatches);
        }
        return new SamplingStep(this, newBatch, newBatches);
    }

    /** Returns the number of steps done in this batch, from 1. */
    public int index() {
        return index;
    }

    /** Returns the number of steps of each batch. */
    public int total() {
        return total;
    }

    /** Returns the number of this batch among those of the call, from 1: images, readings of an ensemble and tiles make batches. */
    public int batch() {
        return batch;
    }

    /** Returns the number of batches of the call. */
    public int batches() {
        return batches;
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
        cancelled.set(true);
    }

    boolean isCancelled() {
        return cancelled.get();
    }
}
