package dev.mmgen.shapes.evaluation;

import dev.mmgen.MultiModalImage;
import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.codec.MultiModalDecoder;
import dev.mmgen.codec.MultiModalEncoder;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.torch.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * The reader that encodes the true pictures to the means of their posteriors and decodes them: the best that a model of these
 * latents can do.
 *
 * @param autoencoder the autoencoder, which the caller closes
 */
public record VaeReconstruction(Autoencoder autoencoder) implements SceneReader {

    private static final LatentNormalization RAW = new LatentNormalization.Scaling(1);

    @Override
    public List<MultiModalImage> read(List<Rendering> scenes, long seed) {
        return pictures(scenes, READ);
    }

    /** Returns the reconstructions of some modalities of each scene, which may include the photo. */
    public List<MultiModalImage> pictures(List<Rendering> scenes, List<Modality> modalities) {
        List<Map<Modality, RgbImage>> pictures = new ArrayList<>();
        scenes.forEach(_ -> pictures.add(new LinkedHashMap<>()));
        for (Modality modality : modalities) {
            List<RgbImage> truth = scenes.stream()
                    .map(scene -> ScenePictures.of(scene, modality))
                    .toList();
            List<RgbImage> passed = passed(truth);
            for (int i = 0; i < passed.size(); i++) {
                pictures.get(i).put(modality, passed.get(i));
            }
        }
        return pictures.stream().map(MultiModalImage::new).toList();
    }

    /** The slot makes no difference: all modalities share the autoencoder, and raw latents are the same everywhere. */
    private List<RgbImage> passed(List<RgbImage> pictures) {
        ModalitySet slot = ModalitySet.of(Modality.RGB);
        try (Tensor latents = new MultiModalEncoder(autoencoder, slot, RAW, UnaryOperator.identity())
                .encode(Modality.RGB, pictures, null)) {
            return new MultiModalDecoder(autoencoder, slot, RAW)
                    .decode(latents, slot.list(), Quantization.TRUNCATE).stream()
                            .map(decoded -> Objects.requireNonNull(decoded.get(Modality.RGB)))
                            .toList();
        }
    }
}
