package dev.mmgen.codec;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;

/**
 * Brings the autoencoder's raw latents to about unit scale, as a diffusion model expects them, and back. Part of a
 * model's settings: in JSON either {@code {"factor": 0.18215}} or {@code {"means": [[...]], "deviations": [[...]]}}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION)
@JsonSubTypes({
    @JsonSubTypes.Type(LatentNormalization.Scaling.class),
    @JsonSubTypes.Type(LatentNormalization.Statistics.class)
})
public sealed interface LatentNormalization {

    /** The factor of Stable Diffusion's autoencoder, which the released models use. */
    LatentNormalization STABLE_DIFFUSION = new Scaling(0.18215);

    /**
     * Returns normalised latents.
     *
     * @param raw      {@code [N, C, h, w]} of one modality
     * @param modality the place of that modality among the model's
     */
    Tensor normalise(Tensor raw, int modality);

    /**
     * Returns raw latents: undoes {@link #normalise}.
     *
     * @param latents  {@code [N, C, h, w]} of one modality
     * @param modality the place of that modality among the model's
     */
    Tensor restore(Tensor latents, int modality);

    /**
     * Checks that this suits a model.
     *
     * @param modalities how many the model has
     * @param channels   per modality
     * @throws IllegalArgumentException if there are numbers for others
     */
    void requireFit(int modalities, int channels);

    /**
     * One factor for everything: {@code latent = raw * factor}.
     *
     * @param factor positive
     */
    record Scaling(double factor) implements LatentNormalization {

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

        @Override
        public void requireFit(int modalities, int channels) {}
    }

    /**
     * Numbers for each channel of each modality: {@code latent = (raw - mean) / deviation}.
     *
     * @param means      of raw latents, one list of channels per modality
     * @param deviations of raw latents, positive, in the same order
     */
    record Statistics(List<List<Double>> means, List<List<Double>> deviations) implements LatentNormalization {

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
