package dev.mmgen.sampling;

/** Euler's method: one evaluation of the model per step, first order. */
public record Euler() implements Sampler {

    @Override
    public Stepper begin(VelocityField field, TimeGrid grid, NoiseSource noise) {
        return (state, index) -> state.addScaled(field.velocity(state, grid.time(index)), grid.step(index));
    }
}
