package dev.mmgen.sampling;

import dev.mmgen.part.PartCheck;
import dev.mmgen.part.PartException;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.ThreadModes;
import dev.mmgen.torch.Torch;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * One run of a sampler along a velocity field, over the times of a grid. Nothing is recorded for gradients, and only one state
 * is alive between steps. One thread at a time can use it.
 */
public final class SamplerRun {

    private final Sampler sampler;
    private final VelocityField field;
    private final TimeGrid grid;
    private final NoiseSource noise;
    private final PartCheck check;
    private Consumer<? super SamplingStep> listener = _ -> {};

    /**
     * Joins what a run needs.
     *
     * @param field what to follow
     * @param grid  the times to visit
     * @param noise draws for a stochastic method; stays the caller's, who closes it
     */
    public SamplerRun(Sampler sampler, VelocityField field, TimeGrid grid, NoiseSource noise) {
        this.sampler = sampler;
        this.field = field;
        this.grid = grid;
        this.noise = noise;
        this.check = new PartCheck("sampler", Sampler.class, sampler);
    }

    /** Sets the listener that hears of every finished step, and may cancel. */
    public SamplerRun onStep(Consumer<? super SamplingStep> newListener) {
        listener = newListener;
        return this;
    }

    /**
     * Takes all steps.
     *
     * @param start state at the grid's first time, {@code [N, C, h, w]}
     * @return the state at the last time, float64; it belongs to the caller or the caller's scope
     * @throws SamplingCancelledException if the listener cancelled
     * @throws PartException if the sampler returns what a sampler must not return
     */
    public Tensor from(Tensor start) {
        try (GradMode _ = Torch.noGrad();
                TensorScope scope = TensorScope.open();
                Closing stepper = new Closing(check.value("begin", () -> sampler.begin(field, grid, noise)))) {
            long began = System.nanoTime();
            Tensor state = field.constrain(start.to(DType.FLOAT64), grid.time(0));
            for (int i = 0; i < grid.steps(); i++) {
                Tensor before = state;
                int index = i;
                state = TensorScope.keeping(() -> next(stepper.steps(), before, index));
                before.close();
                report(index + 1, Duration.ofNanos(System.nanoTime() - began), state);
            }
            return scope.keep(state);
        }
    }

    /** The steps of a run, whose end is checked as they are. */
    private final class Closing implements AutoCloseable {
        private final Sampler.Stepper steps;

        Closing(Sampler.Stepper steps) {
            this.steps = steps;
        }

        Sampler.Stepper steps() {
            return steps;
        }

        @Override
        public void close() {
            check.run("close", steps::close);
        }
    }

    private Tensor next(Sampler.Stepper stepper, Tensor before, int index) {
        String call = "step " + (index + 1) + " of " + grid.steps();
        Tensor after = check.tensor(call, before.shape(), DType.FLOAT64, () -> stepper.step(before, index));
        if (after == before) {
            throw check.broken(call, "the state it was given", "it must return a new tensor");
        }
        return field.constrain(after, grid.time(index + 1));
    }

    /** Checks that a listener, to which the latents are only lent, has left them alone. */
    private void requireUntouched(SamplingStep step) {
        Tensor latents = step.latents();
        String fault = null;
        if (latents.isClosed()) {
            fault = "closed";
        } else if (!latents.isScoped()) {
            fault = "took out of their TensorScope";
        } else if (!PartCheck.isFinite(latents)) {
            fault = "wrote NaN or infinity into";
        }
        if (fault != null) {
            throw new IllegalStateException("the listener " + PartCheck.nameOf(listener) + " " + fault
                    + " the latents of step " + step.index() + " of " + step.total()
                    + ", which are lent to it; let it change a copy");
        }
    }

    /** Tells the listener, in a scope of its own, and ends the run if it asks for that. */
    private void report(int index, Duration elapsed, Tensor latents) {
        SamplingStep step = new SamplingStep(index, grid, elapsed, latents);
        ThreadModes modes = ThreadModes.current();
        try (TensorScope _ = TensorScope.open()) {
            listener.accept(step);
        } finally {
            modes.restore();
        }
        requireUntouched(step);
        if (step.isCancelled()) {
            throw new SamplingCancelledException(index, grid.steps());
        }
    }
}
