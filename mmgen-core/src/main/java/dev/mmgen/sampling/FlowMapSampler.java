package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;

/**
 * The steps of a flow map, which jumps from one time to another where other methods follow the velocity: one evaluation of the
 * model per step, and as few as one to eight steps. The model must be {@linkplain dev.mmgen.model.VelocityModel#isFlowMap one}.
 *
 * @param restart true jumps all the way to the data in each step, and back to the step's end with fresh noise, as consistency
 *     models do (Song et al., 2023): errors of earlier steps are washed out, at the price of chance. False jumps to the step's end
 */
public record FlowMapSampler(boolean restart) implements Sampler {

    @Override
    public Stepper begin(VelocityField field, TimeGrid grid, NoiseSource noise) {
        return restart
                ? (state, index) -> restart(field, grid, noise, state, index)
                : (state, index) -> jump(field, state, grid.time(index), grid.time(index + 1));
    }

    private static Tensor jump(VelocityField field, Tensor state, double time, double end) {
        return state.addScaled(field.averageVelocity(state, time, end), end - time);
    }

    @Override
    public boolean needsFlowMap() {
        return true;
    }

    private static Tensor restart(VelocityField field, TimeGrid grid, NoiseSource noise, Tensor state, int index) {
        Tensor data = jump(field, state, grid.time(index), 0);
        double end = grid.time(index + 1);
        return end == 0 ? data : field.path().mix(data, noise.normalLike(state), end);
    }
}
