package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;

/**
 * The two-step Adams–Bashforth method on any grid: second order at one evaluation of the model per step, hence the choice for
 * few steps. It extends the line through this velocity and the one before over the step; the first step is Euler's.
 */
public record AdamsBashforth() implements Sampler {

    @Override
    public Stepper begin(VelocityField field, TimeGrid grid, NoiseSource noise) {
        return new Stepper() {
            private final PreviousTensor previous = new PreviousTensor();

            @Override
            public Tensor step(Tensor state, int index) {
                Tensor velocity = field.velocity(state, grid.time(index));
                Tensor slope = previous.isEmpty()
                        ? velocity
                        : previous.extend(velocity, grid.step(index) / (2 * grid.step(index - 1)));
                Tensor next = state.addScaled(slope, grid.step(index));
                previous.remember(velocity);
                return next;
            }

            @Override
            public void close() {
                previous.close();
            }
        };
    }
}
