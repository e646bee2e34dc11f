package dev.mmgen;

import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.MultiModalEncoder;
import dev.mmgen.codec.Posterior;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.NoiseSource;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
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

    private final Autoencoder autoencoder;
    private final ModelConfig config;
    private final long seed;
    private final MultiModalEncoder encoder;
    private final Map<Modality, Posterior> posteriors = new LinkedHashMap<>();

    EncodedPictures(Autoencoder autoencoder, ModelConfig config, long seed) {
        this.autoencoder = autoencoder;
        this.config = config;
        this.seed = seed;
        this.encoder =
                new MultiModalEncoder(autoencoder, config.modalities(), config.latents(), UnaryOperator.identity());
    }

    /** Encodes a picture of the request's size. */
    void add(Modality modality, RgbImage picture) {
        try (GradMode _ = Torch.noGrad();
                Tensor pixels = encoder.pixels(List.of(picture))) {
            posteriors.put(modality, autoencoder.encode(pixels));
        }
    }

    /**
     * Draws normalised latents for a batch of the images.
     *
     * @param first the number of the batch's first image
     * @return {@code [samples, C, h, w]}
     */
    Tensor draw(Modality modality, int first, int samples) {
        Posterior posterior = Objects.requireNonNull(posteriors.get(modality));
        int slot = config.modalities().indexOf(modality);
        Shape one = posterior.mean().shape();
        Shape all = Shape.of(samples, one.size(1), one.size(2), one.size(3));
        try (GradMode _ = Torch.noGrad();
                NoiseSource noise = NoiseSource.perSample(seed ^ (POSTERIOR + slot), first)) {
            return TensorScope.keeping(() -> config.latents()
                    .normalise(posterior.repeated(samples).sample(noise.normal(DType.FLOAT32, all)), slot));
        }
    }
}
