package dev.mmgen.codec;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;

/**
 * The step from an autoencoder's raw latents to latents of about unit scale, as a diffusion model expects them, and back.
 *
 * <p>Anyone may implement this: {@link MultiModalEncoder} and {@link MultiModalDecoder} take any. They call it without
 * gradients, from the thread that uses them, and check shape, type and that every number is finite. A model's settings
 * hold one of two kinds, {@link Scaling} and {@link Statistics}: in JSON {@code {"factor": 0.18215}} or
 * {@code {"means": [[...]], "deviations": [[...]]}}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION)
@JsonSubTypes({
    @JsonSubTypes.Type(LatentNormalization.Scaling.class),
    @JsonSubTypes.Type(LatentNormalization.Statistics.class)
})
public interface LatentNormalization {

    /** The factor of Stable Diffusion's autoencoder, which the released models use. */
    LatentNormalization STABLE_DIFFUSION = new Scaling(0.18215);

    /**
     * Returns normalised latents.
     *
     * @param raw      {@code [N, C, h, w]} of one modality, on any device
     * @param modality the place of that modality among the model's, from 0
     * @return of the shape, type and device of {@code raw}
     */
    Tensor normalise(Tensor raw, int modality);

    /**
     * Returns raw latents: undoes {@link #normalise}.
     *
     * @param latents  {@code [N, C, h, w]} of one modality, on any device
     * @param modality the place of that modality among the model's, from 0
     * @return of the shape, type and device of {@code latents}
     */
    Tensor restore(Tensor latents, int modality);

    /**
     * Checks that this suits a model; it suits all unless overridden.
     *
     * @param modalities number of the model's modalities
     * @param channels   latent channels of each
     * @throws IllegalArgumentException if it does not; the message says why
     */
    default void requireFit(int modalities, int channels) {}

    /** A kind that a model's settings can hold. */
    sealed interface Stored extends LatentNormalization permits Scaling, Statistics {}

    /**
     * A factor for all channels: {@code latent = raw * factor}.
     *
     * @param factor positive
     */
    record Scaling(double factor) implements Stored {

        /**
         * @throws IllegalArgumentException if the factor is not positive and finite
         */
        public Scaling {
            if (!(factor > 0 && factor < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("the factor of latents must be positive and finite, not " + factor);
            }
        }

        @Override
        public Tensor normalise(Tensor raw, int modality) {
            return raw.mul(factor);
        }

        @Override
        public Tensor restore(Tensor latents, int modality) {
            return latents.div(factor);
        }
    }

    /**
     * The mean and the standard deviation of each channel of each modality: {@code latent = (raw - mean) / deviation}.
     *
     * @param means      of raw latents, one list of channels per modality
     * @param deviations of raw latents, positive, in the same order
     */
    record Statistics(List<List<Double>> means, List<List<Double>> deviations) implements Stored {

        /**
         * @throws IllegalArgumentException if the lists differ in length or a number is out of range
         */
        public Statistics {
            means = means.stream().map(List::copyOf).toList();
            deviations = deviations.stream().map(List::copyOf).toList();
            if (means.isEmpty() || means.getFirst().isEmpty() || means.size() != deviations.size()) {
                throw new IllegalArgumentException("latents need means and deviations for the same modalities, not for "
                        + means.size() + " and " + deviations.size());
            }
            int channels = means.getFirst().size();
            for (int i = 0; i < means.size(); i++) {
                if (means.get(i).size() != channels || deviations.get(i).size() != channels) {
                    throw new IllegalArgumentException("modality " + i + " needs " + channels
                            + " means and deviations, as modality 0 has, not "
                            + means.get(i).size() + " and "
                            + deviations.get(i).size());
                }
                requireNumbers(means.get(i), deviations.get(i));
            }
        }

        private static void requireNumbers(List<Double> means, List<Double> deviations) {
            if (!means.stream().allMatch(Double::isFinite)) {
                throw new IllegalArgumentException("the means of latents must be finite: " + means);
            }
            if (!deviations.stream().allMatch(value -> value > 0 && value < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "the deviations of latents must be positive and finite: " + deviations);
            }
        }

        @Override
        public Tensor normalise(Tensor raw, int modality) {
            return TensorScope.keeping(
                    () -> raw.sub(channels(means, modality, raw)).div(channels(deviations, modality, raw)));
        }

        @Override
        public Tensor restore(Tensor latents, int modality) {
            return TensorScope.keeping(
                    () -> latents.mul(channels(deviations, modality, latents)).add(channels(means, modality, latents)));
        }

        private static Tensor channels(List<List<Double>> numbers, int modality, Tensor like) {
            double[] values = numbers.get(modality).stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray();
            return Torch.tensor(values, 1, values.length, 1, 1).to(like.device(), like.dtype());
        }

        @Override
        public void requireFit(int modalities, int channels) {
            if (means.size() != modalities || means.getFirst().size() != channels) {
                throw new IllegalArgumentException("there are statistics of " + means.size() + " modalities with "
                        + means.getFirst().size() + " latent channels each, but the model has " + modalities + " with "
                        + channels);
            }
        }
    }
}
