package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;

/**
 * DPM-Solver++(2M) and, with noise, SDE-DPM-Solver++(2M) (Lu et al., arXiv 2211.01095): second order at one evaluation of
 * the model per step. The method works on predictions of the data, along half the logarithm of the signal-to-noise ratio,
 * and extends the line through this prediction and the one before. First and last step are of first order: the logarithm
 * is infinite at both ends of a path.
 *
 * <p>With noise, every step that ends above time 0 draws float64 noise of the state's shape, held channels included.
 *
 * @param noise the share of old noise that fresh noise replaces: 0 follows the ODE, 1 the reverse SDE of the paper
 * @param order 2, or 1 for steps that take each prediction as it is
 */
public record DpmSolver(double noise, int order) implements Sampler {

    /** The method without noise. */
    public static final DpmSolver ODE = new DpmSolver(0);

    /** The method with the noise of the paper's reverse SDE: on the linear path, diffusion 2t / (1 - t). */
    public static final DpmSolver SDE = new DpmSolver(1);

    /**
     * Ancestral sampling (Ho et al., 2020): each step draws from what lies before the state if the prediction is the data. For a model
     * whose answers are possible pictures, not their mean ({@code mmgen distill few-steps}).
     */
    public static final DpmSolver ANCESTRAL = new DpmSolver(1, 1);

    /**
     * Checks the amount of noise and the order.
     *
     * @throws IllegalArgumentException if the noise is negative or no finite number, or the order neither 1 nor 2
     */
    public DpmSolver {
        if (!(noise >= 0 && noise < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("noise is " + noise + "; it must be a number from 0 up");
        }
        if (order != 1 && order != 2) {
            throw new IllegalArgumentException("order is " + order + "; it must be 1 or 2");
        }
    }

    /** The method of second order. */
    public DpmSolver(double noise) {
        this(noise, 2);
    }

    /**
     * The mixture that a step of first order ends in: the state, the data that was predicted, and fresh noise of deviation 1.
     *
     * @param kept  factor of the state
     * @param taken factor of the data
     * @param fresh factor of the noise
     */
    public record Mixture(double kept, double taken, double fresh) {}

    /**
     * Returns the mixture that a step ends in.
     *
     * @param from where it begins, above {@code to}; 1 is pure noise
     * @param to   where it ends; 0 is data
     */
    public Mixture mixture(Interpolant path, double from, double to) {
        // Infinite from pure noise and to pure data; the exponentials below then have their limits.
        double gain = gain(path, from, to);
        double renewed = noise == 0 ? 0 : noise * gain;
        return new Mixture(
                path.sigma(to) / path.sigma(from) * Math.exp(-renewed),
                -path.alpha(to) * Math.expm1(-gain - renewed),
                path.sigma(to) * Math.sqrt(-Math.expm1(-2 * renewed)));
    }

    /** Returns by how much the logarithm of the signal-to-noise ratio's root grows. */
    private static double gain(Interpolant path, double from, double to) {
        return logRatio(path, to) - logRatio(path, from);
    }

    private static double logRatio(Interpolant path, double time) {
        return Math.log(path.alpha(time)) - Math.log(path.sigma(time));
    }

    @Override
    public Stepper begin(VelocityField field, TimeGrid grid, NoiseSource draws) {
        return new Steps(field, grid, draws);
    }

    private final class Steps implements Stepper {

        private final VelocityField field;
        private final TimeGrid grid;
        private final NoiseSource draws;
        private final PreviousTensor previous = new PreviousTensor();

        Steps(VelocityField field, TimeGrid grid, NoiseSource draws) {
            this.field = field;
            this.grid = grid;
            this.draws = draws;
        }

        @Override
        public Tensor step(Tensor state, int index) {
            Interpolant path = field.path();
            double from = grid.time(index);
            double to = grid.time(index + 1);
            Tensor data = path.data(field.velocity(state, from), state, from);
            Mixture mixture = mixture(path, from, to);
            Tensor next = state.mul(mixture.kept).addScaled(extended(data, index), mixture.taken);
            previous.remember(data);
            return mixture.fresh == 0 ? next : next.addScaled(draws.normalLike(state), mixture.fresh);
        }

        private Tensor extended(Tensor data, int index) {
            if (order == 1 || previous.isEmpty()) {
                return data;
            }
            double gain = gain(field.path(), grid.time(index), grid.time(index + 1));
            if (Double.isInfinite(gain)) {
                return data;
            }
            double before = gain(field.path(), grid.time(index - 1), grid.time(index));
            return previous.extend(data, gain / (2 * before));
        }

        @Override
        public void close() {
            previous.close();
        }
    }
}
