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
            // Infinite from pure noise and to pure data; the exponentials below then have their limits.
            double gain = logRatio(to) - logRatio(from);
            double renewed = noise == 0 ? 0 : noise * gain;
            double kept = path.sigma(to) / path.sigma(from) * Math.exp(-renewed);
            double taken = -path.alpha(to) * Math.expm1(-gain - renewed);
            double fresh = path.sigma(to) * Math.sqrt(-Math.expm1(-2 * renewed));
            Tensor next = state.mul(kept).addScaled(extended(data, index, gain), taken);
            previous.remember(data);
            return fresh == 0 ? next : next.addScaled(draws.normalLike(state), fresh);
        }

        private Tensor extended(Tensor data, int index, double gain) {
            if (order == 1 || previous.isEmpty() || Double.isInfinite(gain)) {
                return data;
            }
            double before = logRatio(grid.time(index)) - logRatio(grid.time(index - 1));
            return previous.extend(data, gain / (2 * before));
        }

        private double logRatio(double time) {
            return Math.log(field.path().alpha(time)) - Math.log(field.path().sigma(time));
        }

        @Override
        public void close() {
            previous.close();
        }
    }
}
