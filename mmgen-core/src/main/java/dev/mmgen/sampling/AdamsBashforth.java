package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The two-step Adams–Bashforth method on any grid: second order at one evaluation of the model per step, hence the
 * choice for few steps. It extends the line through this velocity and the one before over the step; the first step is
 * Euler's.
 */
public record AdamsBashforth() implements Sampler {

    @Override
    public Stepper begin(VelocityField field, TimeGrid grid, NoiseSource noise) {
        return new Stepper() {
            private @Nullable Tensor previous;

            @Override
            public Tensor step(Tensor state, int index) {
                Tensor velocity = field.velocity(state, grid.time(index));
                Tensor next = state.addScaled(extended(velocity, index), grid.step(index));
                close();
                previous = velocity.unscoped();
                return next;
            }

            private Tensor extended(Tensor velocity, int index) {
                if (previous == null) {
                    return velocity;
                }
                double reach = grid.step(index) / (2 * grid.step(index - 1));
                return velocity.addScaled(velocity.sub(previous), reach);
            }

            @Override
            public void close() {
                if (previous != null) {
                    previous.close();
                }
            }
        };
    }
}
