package dev.mmgen.studio.job;

import dev.mmgen.sampling.Interpolant;
import dev.mmgen.sampling.NoiseSource;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.TimeGrid;
import dev.mmgen.sampling.VelocityField;
import dev.mmgen.torch.Tensor;
import java.util.function.Consumer;

/**
 * A sampler under whose steps is seen what data the model expects: at each velocity, where the path would end if it went straight on.
 *
 * @param sampler takes the steps
 * @param eyes    see the data, {@code [N, C * M, h, w]} in float64, which is lent to them
 */
record WatchedSampler(Sampler sampler, Consumer<Tensor> eyes) implements Sampler {

    @Override
    public Stepper begin(VelocityField field, TimeGrid grid, NoiseSource noise) {
        return sampler.begin(new Watched(field), grid, noise);
    }

    @Override
    public TimeGrid grid(int steps) {
        return sampler.grid(steps);
    }

    @Override
    public int evaluations(int steps) {
        return sampler.evaluations(steps);
    }

    @Override
    public boolean needsFlowMap() {
        return sampler.needsFlowMap();
    }

    @Override
    public boolean readsWithoutNoise() {
        return sampler.readsWithoutNoise();
    }

    private final class Watched implements VelocityField {

        private final VelocityField field;

        Watched(VelocityField field) {
            this.field = field;
        }

        @Override
        public Tensor velocity(Tensor state, double time) {
            return seen(field.velocity(state, time), state, time);
        }

        @Override
        public Tensor averageVelocity(Tensor state, double time, double end) {
            return seen(field.averageVelocity(state, time, end), state, time);
        }

        private Tensor seen(Tensor velocity, Tensor state, double time) {
            try (Tensor data = field.path().data(velocity, state, time)) {
                eyes.accept(data);
            }
            return velocity;
        }

        @Override
        public Interpolant path() {
            return field.path();
        }

        @Override
        public Tensor constrain(Tensor state, double time) {
            return field.constrain(state, time);
        }
    }
}
