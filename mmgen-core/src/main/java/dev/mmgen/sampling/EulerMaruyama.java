package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;

/**
 * The Euler–Maruyama method for the reverse SDE with diffusion 2t (reference {@code euler_maruyama_sampler}, SiT): the
 * released models' own sampler. One evaluation of the model per step; the last step adds no noise.
 *
 * <p>Every step but the last draws float64 noise of the state's shape, held channels included.
 */
public record EulerMaruyama() implements Sampler {

    @Override
    public TimeGrid grid(int steps) {
        return TimeGrid.stochastic(steps);
    }

    @Override
    public Stepper begin(VelocityField field, TimeGrid grid, NoiseSource noise) {
        return (state, index) -> {
            double time = grid.time(index);
            double step = grid.step(index);
            double diffusion = 2 * time;
            Tensor velocity = field.velocity(state, time);
            Tensor score = field.path().score(velocity, state, time);
            Tensor mean = state.addScaled(velocity.addScaled(score, -0.5 * diffusion), step);
            if (index == grid.steps() - 1) {
                return mean;
            }
            return mean.addScaled(noise.normalLike(state), Math.sqrt(diffusion) * Math.sqrt(-step));
        };
    }
}
