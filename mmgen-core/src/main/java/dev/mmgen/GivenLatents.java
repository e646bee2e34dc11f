package dev.mmgen;

import dev.mmgen.codec.MultiModalEncoder;
import dev.mmgen.codec.Posterior;
import dev.mmgen.image.RgbImage;
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

/**
 * The pictures of a request as latents. Each is encoded once, whatever the number of images; every image draws latents of its
 * own from it. The tensors belong to the scope in which this was made.
 */
final class GivenLatents {

    /** Keeps the noise of posteriors apart from the noise of samples under one seed. */
    private static final long POSTERIOR = 0x5DEECE66DL;

    private final MmGen mmgen;
    private final MultiModalEncoder encoder;
    private final long seed;
    private final Map<Modality, Posterior> posteriors = new LinkedHashMap<>();

    GivenLatents(MmGen mmgen, CoverCrop crop, long seed) {
        this.mmgen = mmgen;
        this.seed = seed;
        this.encoder = new MultiModalEncoder(
                mmgen.autoencoder(), mmgen.modalities(), mmgen.config().latents(), crop::apply);
    }

    /** Encodes a picture. */
    void add(Modality modality, RgbImage picture) {
        try (GradMode _ = Torch.noGrad();
                Tensor pixels = encoder.pixels(List.of(picture))) {
            posteriors.put(modality, mmgen.autoencoder().encode(pixels));
        }
    }

    /**
     * Draws normalised latents for a part of the images.
     *
     * @param first the number of the part's first image
     * @return {@code [samples, C, h, w]}
     */
    Tensor draw(Modality modality, int first, int samples) {
        Posterior posterior = Objects.requireNonNull(posteriors.get(modality));
        int place = mmgen.modalities().indexOf(modality);
        Shape one = posterior.mean().shape();
        Shape all = Shape.of(samples, one.size(1), one.size(2), one.size(3));
        try (GradMode _ = Torch.noGrad();
                NoiseSource noise = NoiseSource.perSample(seed ^ (POSTERIOR + place), first)) {
            return TensorScope.keeping(() -> mmgen.config()
                    .latents()
                    .normalise(posterior.repeated(samples).sample(noise.normal(DType.FLOAT32, all)), place));
        }
    }
}
