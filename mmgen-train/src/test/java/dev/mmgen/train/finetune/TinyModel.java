package dev.mmgen.train.finetune;

import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.StateDict;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** A model folder of two modalities and three named classes, 8 x 8 pixels, with random weights; and pictures for it. */
public final class TinyModel {

    public static final int SIZE = 8;

    private static final TransformerConfig SHAPE = TransformerConfig.builder()
            .inputSize(4)
            .width(32)
            .depth(2)
            .heads(2)
            .classes(3)
            .modalities(2)
            .build()
            .withoutProjectors();

    private TinyModel() {}

    public static Path write(Path folder) {
        ModelConfig config = ModelConfig.builder(SHAPE)
                .modalityNames(List.of("rgb", "depth"))
                .categories(List.of("cube", "sphere", "table"))
                .latents(new LatentNormalization.Statistics(
                        List.of(List.of(0.1, 0.2, 0.3, 0.4), List.of(0.0, 0.0, 0.0, 0.0)),
                        List.of(List.of(1.0, 2.0, 1.0, 2.0), List.of(1.0, 1.0, 1.0, 1.0))))
                .sampling(new SamplingDefaults("euler", 3, Guidance.NONE))
                .reading(new SamplingDefaults("euler", 2, Guidance.NONE))
                .build();
        try (Generator generator = Generator.seeded(1);
                DiffusionTransformer model = new DiffusionTransformer(SHAPE);
                AutoencoderKl network = new AutoencoderKl(AutoencoderConfig.stableDiffusion().toBuilder()
                        .blockOutChannels(8, 16)
                        .layersPerBlock(1)
                        .normNumGroups(4)
                        .sampleSize(SIZE)
                        .build())) {
            model.initialize(generator);
            model.parameters().values().stream()
                    .filter(parameter -> !parameter.isFrozen())
                    .forEach(parameter -> Torch.normal_(parameter.value(), 0, 0.1, generator));
            network.initialize(generator);
            AutoencoderFolder.write(network, folder.resolve(ModelFolder.AUTOENCODER));
            try (StateDict weights = model.state()) {
                ModelFolder.write(folder, config, weights);
            }
        }
        return folder;
    }

    /** Returns a random picture, always the same for a seed. */
    public static RgbImage picture(int seed) {
        byte[] rgb = new byte[3 * SIZE * SIZE];
        new Random(seed).nextBytes(rgb);
        return RgbImage.of(SIZE, SIZE, rgb);
    }

    /** Writes samples into a folder of folders, in that of a class or, for an empty name, flat. */
    public static Path pictures(Path folder, int count, String category, String... modalities) {
        for (int i = 0; i < count; i++) {
            for (String modality : modalities) {
                picture(31 * i + modality.hashCode())
                        .write(folder.resolve(modality).resolve(category).resolve(i + ".png"));
            }
        }
        return folder;
    }
}
