package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;

/**
 * Heun's method: an Euler step, then the mean of the velocities at both of its ends. Second order, two evaluations of
 * the model per step, one in the last step (as the reference has it: at t = 0 nothing is left to correct with).
 */
public record Heun() implements Sampler {

    @Override
    public int evaluations(int steps) {
        return 2 * steps - 1;
    }

    @Override
    public Stepper begin(VelocityField field, TimeGrid grid, NoiseSource noise) {
        return (state, index) -> {
            double next = grid.time(index + 1);
            double step = grid.step(index);
            Tensor velocity = field.velocity(state, grid.time(index));
            Tensor guess = state.addScaled(velocity, step);
            if (index == grid.steps() - 1) {
                return guess;
            }
            Tensor velocityThere = field.velocity(field.constrain(guess, next), next);
            return state.addScaled(velocity.add(velocityThere), step / 2);
        };
    }
}
