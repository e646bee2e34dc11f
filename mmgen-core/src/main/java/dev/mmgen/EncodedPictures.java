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
import dev.mmgen.torch.Torch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * The posteriors of the pictures of requests that are drawn together. Each picture is encoded once, whatever the number of
 * images; every image draws latents of its own from the posterior. The tensors belong to the scope in which this was made.
 */
final class EncodedPictures {

    /** Keeps the noise of posteriors apart from the noise of samples under one seed. */
    private static final long POSTERIOR = 0x5DEECE66DL;

    private final MultiModalEncoder encoder;
    private final ModalitySet modalities;
    private final Map<Modality, Posterior> posteriors = new LinkedHashMap<>();

    /** Of images to start from, one for each request: {@code [requests, C, h, w]}. */
    private final Map<Modality, Tensor> starts = new LinkedHashMap<>();

    EncodedPictures(Autoencoder autoencoder, ModelConfig config) {
        this.modalities = config.modalities();
        this.encoder = new MultiModalEncoder(autoencoder, modalities, config.latents(), UnaryOperator.identity());
    }

    /** Encodes pictures of the requests' size, one for each request. */
    void add(Modality modality, List<RgbImage> pictures) {
        posteriors.put(modality, encoder.posterior(pictures));
    }

    /**
     * Draws normalised latents for a batch.
     *
     * @param batch the images of some of the requests
     * @return {@code [samples, C, h, w]}
     */
    Tensor draw(Modality modality, List<SamplePart> batch) {
        return TensorScope.keeping(() -> {
            List<Tensor> latents = new ArrayList<>();
            for (SamplePart part : batch) {
                latents.add(draw(modality, part));
            }
            return latents.size() == 1 ? latents.getFirst() : Torch.cat(latents, 0);
        });
    }

    /** Encodes images to start from, one for each request, except for modalities that are conditions. */
    void addStarts(List<MultiModalImage> images) {
        for (Modality modality : modalities) {
            if (!posteriors.containsKey(modality)) {
                List<RgbImage> pictures =
                        images.stream().map(image -> image.get(modality)).toList();
                starts.put(modality, encoder.encode(modality, pictures, null));
            }
        }
    }

    /**
     * Returns the latents that a batch starts from: the means of posteriors, since noise is added to them anyway.
     *
     * @return {@code [samples, M * C, h, w]}
     */
    Tensor start(List<SamplePart> batch) {
        return TensorScope.keeping(() -> {
            List<Tensor> slots = new ArrayList<>();
            for (Modality modality : modalities) {
                Tensor start = starts.get(modality);
                slots.add(start == null ? draw(modality, batch) : repeated(start, batch));
            }
            return Torch.cat(slots, 1);
        });
    }

    private static Tensor repeated(Tensor start, List<SamplePart> batch) {
        List<Tensor> latents = new ArrayList<>();
        for (SamplePart part : batch) {
            latents.add(start.slice(0, part.place(), part.place() + 1L)
                    .expand(part.count(), start.size(1), start.size(2), start.size(3)));
        }
        return Torch.cat(latents, 0);
    }

    private Tensor draw(Modality modality, SamplePart part) {
        Posterior posterior = Objects.requireNonNull(posteriors.get(modality)).picture(part.place());
        Shape one = posterior.mean().shape();
        Shape all = Shape.of(part.count(), one.size(1), one.size(2), one.size(3));
        long stream = part.request().series().seed() ^ (POSTERIOR + modalities.indexOf(modality));
        try (NoiseSource noise = NoiseSource.perSample(stream, part.first())) {
            return encoder.draw(modality, posterior.repeated(part.count()), noise.normal(DType.FLOAT32, all));
        }
    }
}
