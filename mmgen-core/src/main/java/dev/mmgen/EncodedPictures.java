package dev.mmgen;

import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.MultiModalEncoder;
import dev.mmgen.codec.Posterior;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.sampling.NoiseSource;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * The posteriors of a request's pictures. Each picture is encoded once, whatever the number of images; every image draws latents
 * of its own from the posterior. The tensors belong to the scope in which this was made.
 */
final class EncodedPictures {

    /** Keeps the noise of posteriors apart from the noise of samples under one seed. */
    private static final long POSTERIOR = 0x5DEECE66DL;

    private final MultiModalEncoder encoder;
    private final ModalitySet modalities;
    private final long seed;
    private final Map<Modality, Posterior> posteriors = new LinkedHashMap<>();

    EncodedPictures(Autoencoder autoencoder, ModelConfig config, long seed) {
        this.modalities = config.modalities();
        this.seed = seed;
        this.encoder = new MultiModalEncoder(autoencoder, modalities, config.latents(), UnaryOperator.identity());
    }

    /** Encodes a picture of the request's size. */
    void add(Modality modality, RgbImage picture) {
        posteriors.put(modality, encoder.posterior(List.of(picture)));
    }

    /**
     * Draws normalised latents for a batch of the images.
     *
     * @param first the number of the batch's first image
     * @return {@code [samples, C, h, w]}
     */
    Tensor draw(Modality modality, int first, int samples) {
        Posterior posterior = Objects.requireNonNull(posteriors.get(modality));
        Shape one = posterior.mean().shape();
        Shape all = Shape.of(samples, one.size(1), one.size(2), one.size(3));
        long stream = seed ^ (POSTERIOR + modalities.indexOf(modality));
        try (NoiseSource noise = NoiseSource.perSample(stream, first)) {
            return TensorScope.keeping(
                    () -> encoder.draw(modality, posterior.repeated(samples), noise.normal(DType.FLOAT32, all)));
        }
    }
}
