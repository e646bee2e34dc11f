package dev.mmgen.sampling;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.Tensor;

/**
 * The way of models that were taught to read a photo at once ({@code mmgen distill reading}, {@code DirectReading}): the first step goes from
 * zeros in place of noise to the data. It reads the expected value of all that fits the photo, and the model has no noise to carry
 * to its output; zeros serve best (Martin Garcia et al., 2025). In one step, the usual number, the seed matters only for the noise that the
 * hold time leaves in the photo. Further steps begin from what was read, with noise, and are Euler's.
 *
 * <p>On the linear path, with a condition.
 */
public record DirectSampler() implements Sampler {

    @Override
    public Stepper begin(VelocityField field, TimeGrid grid, NoiseSource noise) {
        return (state, index) -> {
            double time = grid.time(index);
            if (time < 1) {
                return state.addScaled(field.velocity(state, time), grid.step(index));
            }
            Tensor blank = field.constrain(state.mul(0), time);
            Tensor data = blank.sub(field.velocity(blank, time));
            double end = grid.time(index + 1);
            return end == 0 ? data : field.path().mix(data, state, end);
        };
    }

    @Override
    public boolean readsWithoutNoise() {
        return true;
    }

    /**
     * Checks that a request can be met.
     *
     * @throws IllegalArgumentException naming what cannot
     */
    static void requireFit(SamplingRequest request, VelocityModel.Inputs inputs, Interpolant path) {
        if (request.conditions().isEmpty()) {
            throw new IllegalArgumentException(
                    "the sampler direct reads what fits a picture, and no picture is given; draw with another sampler");
        }
        if (inputs.timeEmbedding() == TimeEmbedding.SHARED) {
            throw new IllegalArgumentException(
                    "the sampler direct needs a model that is told times per modality, and this one has one time for all");
        }
        if (request.guidance().conditionScale() != 1) {
            throw new IllegalArgumentException("condition guidance of "
                    + request.guidance().conditionScale()
                    + " compares with a noisy picture, and the sampler direct reads without noise; leave it at 1, or read with another"
                    + " sampler");
        }
        if (!path.equals(Interpolant.linear())) {
            throw new IllegalArgumentException(
                    "the sampler direct needs a model of the linear path, and this one's is " + path.name());
        }
    }
}
