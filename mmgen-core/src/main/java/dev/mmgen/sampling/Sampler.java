package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;
import java.util.List;

/**
 * A numerical method that follows a velocity field from noise to data. The library's own are {@link Euler}, {@link Heun},
 * {@link AdamsBashforth}, {@link EulerMaruyama}, {@link DpmSolver}, {@link FlowMapSampler} and {@link DirectSampler}; any other may take their place.
 *
 * <p>A sampler keeps nothing between runs, so that several threads can use it at once; what a run must remember is kept by its
 * {@link Stepper}. For example, the midpoint method:
 *
 * {@snippet class="dev.mmgen.SnippetsTest" region="midpoint"}
 *
 * @see SamplerRun for what a run checks
 */
@FunctionalInterface
public interface Sampler {

    /**
     * Starts a run.
     *
     * @param field gives velocities of states {@code [N, C, h, w]}. A method calls {@link VelocityField#constrain} on a state
     *     before it asks for its velocity; the state that a step begins with is already constrained
     * @param grid  the times to visit, from noise to data
     * @param noise draws for a stochastic method; the run closes it
     * @return the steps of this run, used by one thread
     */
    Stepper begin(VelocityField field, TimeGrid grid, NoiseSource noise);

    /** Returns the times that suit this method; equal steps from 1 to 0 by default. */
    default TimeGrid grid(int steps) {
        return TimeGrid.uniform(steps);
    }

    /** Returns how often a run of so many steps asks for a velocity; once per step by default. */
    default int evaluations(int steps) {
        return steps;
    }

    /** Returns true if the method asks for average velocities, which flow maps alone have; false by default. */
    default boolean needsFlowMap() {
        return false;
    }

    /**
     * Returns true if the first step begins from zeros in place of noise, and so reads a photo and draws nothing, with models that were
     * taught to; false by default.
     */
    default boolean readsWithoutNoise() {
        return false;
    }

    /** The steps of one run; it may remember steps before. */
    @FunctionalInterface
    interface Stepper extends AutoCloseable {

        /**
         * Takes a step, in a {@link dev.mmgen.torch.TensorScope} that frees what the step leaves behind.
         *
         * @param state {@code [N, C, h, w]}, float64, at {@code grid.time(index)}; not to be changed
         * @param index of the step, from 0
         * @return the state at {@code grid.time(index + 1)}: a new tensor of the same shape and type, finite, of that scope
         */
        Tensor step(Tensor state, int index);

        /** Frees what was remembered. */
        @Override
        default void close() {}
    }

    /** Returns the names of the library's methods. */
    static List<String> names() {
        return List.of(
                "euler",
                "heun",
                "adams-bashforth",
                "dpm-solver",
                "euler-maruyama",
                "dpm-solver-sde",
                "ancestral",
                "flow-map",
                "flow-map-restart",
                "direct");
    }

    /**
     * Finds one of the library's methods by its {@linkplain #names name}. {@code euler-maruyama}, {@code dpm-solver-sde}, {@code ancestral} and {@code
     * flow-map-restart} draw noise on their way; the flow map's two need a model that {@linkplain
     * dev.mmgen.model.VelocityModel#isFlowMap is one}, and {@code direct} one that was taught to read in one step.
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
            case "ancestral" -> DpmSolver.ANCESTRAL;
            case "flow-map" -> new FlowMapSampler(false);
            case "flow-map-restart" -> new FlowMapSampler(true);
            case "direct" -> new DirectSampler();
            default ->
                throw new IllegalArgumentException(
                        "unknown sampler '" + name + "'; use one of " + String.join(", ", names()));
        };
    }
}
