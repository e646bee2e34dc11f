package dev.mmgen.sampling;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.function.Consumer;

/** A numerical method that follows a velocity field from noise to data. */
public sealed interface Sampler permits Euler, Heun, AdamsBashforth, EulerMaruyama, DpmSolver {

    /** Starts a run. */
    Stepper begin(VelocityField field, TimeGrid grid, NoiseSource noise);

    /** Returns the times that suit this method. */
    default TimeGrid grid(int steps) {
        return TimeGrid.uniform(steps);
    }

    /** What a method does between two times; it may remember steps before. */
    interface Stepper extends AutoCloseable {

        /**
         * Takes a step.
         *
         * @param state float64, at the time the step starts
         * @return the state at the next time, a new tensor
         */
        Tensor step(Tensor state, int index);

        /** Frees what was remembered. */
        @Override
        default void close() {}
    }

    /**
     * Finds a method by name: {@code euler}, {@code heun}, {@code adams-bashforth}, {@code dpm-solver}, {@code
     * euler-maruyama} or {@code dpm-solver-sde}. The last two draw noise on their way.
     *
     * @throws IllegalArgumentException for any other name
     */
    static Sampler named(String name) {
        return switch (name) {
            case "euler" -> new Euler();
            case "heun" -> new Heun();
            case "adams-bashforth" -> new AdamsBashforth();
            case "euler-maruyama" -> new EulerMaruyama();
            case "dpm-solver" -> DpmSolver.ODE;
            case "dpm-solver-sde" -> DpmSolver.SDE;
            default ->
                throw new IllegalArgumentException("unknown sampler '" + name
                        + "'; use euler, heun, adams-bashforth, dpm-solver, euler-maruyama or dpm-solver-sde");
        };
    }

    /**
     * Runs all steps. Nothing is recorded for gradients, and only one state is alive between steps.
     *
     * @param field    what to follow
     * @param start    state at the grid's first time, {@code [N, C, h, w]}
     * @param grid     the times to visit
     * @param noise    draws for a stochastic method
     * @param listener hears of every finished step
     * @return the state at the last time, float64; it belongs to the caller or the caller's scope
     * @throws SamplingCancelledException if the listener cancelled
     */
    default Tensor sample(
            VelocityField field,
            Tensor start,
            TimeGrid grid,
            NoiseSource noise,
            Consumer<? super SamplingStep> listener) {
        try (GradMode _ = Torch.noGrad();
                TensorScope scope = TensorScope.open();
                Stepper stepper = begin(field, grid, noise)) {
            long began = System.nanoTime();
            Tensor state = field.constrain(start.to(DType.FLOAT64), grid.time(0));
            for (int i = 0; i < grid.steps(); i++) {
                Tensor before = state;
                int index = i;
                state = TensorScope.keeping(() -> field.constrain(stepper.step(before, index), grid.time(index + 1)));
                before.close();
                SamplingStep.report(listener, index + 1, grid, began, state);
            }
            return scope.keep(state);
        }
    }
}
