package dev.mmgen.train.autoencoder;

import dev.mmgen.codec.Posterior;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;

/**
 * The loss of an autoencoder: the error of the reconstruction, and the divergence of the posterior from the standard normal
 * distribution (Kingma and Welling, 2014; Rombach et al., 2022, without its perceptual and adversarial terms). Errors are
 * means over an image's values, divergences means over its latents; neither grows with sizes.
 *
 * {@snippet class="dev.mmgen.train.SnippetsTest" region="autoencoder-loss"}
 *
 * @param absolute        weight of the absolute error
 * @param squared         weight of the squared error
 * @param edges           weight of the absolute error of the differences between neighbouring pixels, which keeps borders
 *     sharp
 * @param divergence      weight of the Kullback-Leibler divergence
 * @param modalityWeights one per modality, in the order of the images; empty for equal ones. Only their ratios matter
 */
public record AutoencoderLoss(
        double absolute, double squared, double edges, double divergence, List<Double> modalityWeights) {

    /** Equal weights for both errors, half of that for edges, and just enough divergence to keep latents in bounds. */
    public static final AutoencoderLoss DEFAULT = new AutoencoderLoss(1, 1, 0.5, 1e-5, List.of());

    /**
     * Checks the weights.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public AutoencoderLoss {
        modalityWeights = List.copyOf(modalityWeights);
        requireWeight("absolute", absolute);
        requireWeight("squared", squared);
        requireWeight("edges", edges);
        requireWeight("divergence", divergence);
        for (double weight : modalityWeights) {
            requireWeight("modalityWeights", weight);
        }
        if (absolute + squared == 0) {
            throw new IllegalArgumentException("settings 'absolute' and 'squared' are both 0; one must be positive");
        }
        if (!modalityWeights.isEmpty()
                && modalityWeights.stream().mapToDouble(w -> w).sum() == 0) {
            throw new IllegalArgumentException("all of setting 'modalityWeights' is 0; one must be positive");
        }
    }

    /** Returns a copy with another weight of the absolute error. */
    public AutoencoderLoss withAbsolute(double weight) {
        return new AutoencoderLoss(weight, squared, edges, divergence, modalityWeights);
    }

    /** Returns a copy with another weight of the squared error. */
    public AutoencoderLoss withSquared(double weight) {
        return new AutoencoderLoss(absolute, weight, edges, divergence, modalityWeights);
    }

    /** Returns a copy with another weight of the error at edges. */
    public AutoencoderLoss withEdges(double weight) {
        return new AutoencoderLoss(absolute, squared, weight, divergence, modalityWeights);
    }

    /** Returns a copy with another weight of the divergence. */
    public AutoencoderLoss withDivergence(double weight) {
        return new AutoencoderLoss(absolute, squared, edges, weight, modalityWeights);
    }

    /** Returns a copy with other weights of the modalities; empty for equal ones. */
    public AutoencoderLoss withModalityWeights(List<Double> weights) {
        return new AutoencoderLoss(absolute, squared, edges, divergence, weights);
    }

    private static void requireWeight(String name, double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "setting '" + name + "' is " + value + "; it must be finite and at least 0");
        }
    }

    /**
     * The loss of a batch. The tensors belong to the scope in which it was computed.
     *
     * @param total      a scalar, to minimise
     * @param absolute   error per image, {@code [N]}
     * @param squared    error per image, {@code [N]}
     * @param edges      error per image, {@code [N]}
     * @param divergence in nats per latent, a scalar
     */
    public record Terms(Tensor total, Tensor absolute, Tensor squared, Tensor edges, Tensor divergence) {}

    /**
     * Computes the loss.
     *
     * @param batch          the images that were encoded
     * @param reconstruction {@code [N, 3, H, W]}, float32
     * @param posterior      from which the latents were drawn
     */
    public Terms compute(ImageBatch batch, Tensor reconstruction, Posterior posterior) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor error = reconstruction.sub(batch.images());
            Tensor absoluteErrors = error.abs().mean(1, 2, 3);
            Tensor squaredErrors = error.mul(error).mean(1, 2, 3);
            Tensor edgeErrors = differences(error, 2).add(differences(error, 3)).mul(0.5);
            Tensor divergences = divergences(posterior);
            Tensor perImage = absoluteErrors
                    .mul(absolute)
                    .add(squaredErrors.mul(squared))
                    .add(edgeErrors.mul(edges))
                    .mul(weights(batch).to(error.device()));
            Tensor total = perImage.mean().add(divergences.mul(divergence));
            return new Terms(
                    scope.keep(total),
                    scope.keep(absoluteErrors),
                    scope.keep(squaredErrors),
                    scope.keep(edgeErrors),
                    scope.keep(divergences));
        }
    }

    /** Since differences are linear, those of the error are the errors of the differences. */
    private static Tensor differences(Tensor error, int dim) {
        long size = error.size(dim);
        return TensorScope.keeping(() -> error.slice(dim, 1, size)
                .sub(error.slice(dim, 0, size - 1))
                .abs()
                .mean(1, 2, 3));
    }

    private static Tensor divergences(Posterior posterior) {
        return TensorScope.keeping(() -> posterior
                .mean()
                .mul(posterior.mean())
                .add(posterior.logvar().exp())
                .sub(posterior.logvar())
                .sub(1)
                .mul(0.5)
                .mean());
    }

    private Tensor weights(ImageBatch batch) {
        int[] modalities = batch.modalities();
        float[] weights = new float[modalities.length];
        double mean = modalityWeights.stream().mapToDouble(w -> w).average().orElse(1);
        for (int i = 0; i < weights.length; i++) {
            weights[i] = modalityWeights.isEmpty() ? 1 : (float) (modalityWeights.get(modalities[i]) / mean);
        }
        return Torch.tensor(weights);
    }
}
