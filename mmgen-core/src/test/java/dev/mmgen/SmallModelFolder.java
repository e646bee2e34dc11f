package dev.mmgen;

import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.SmallAutoencoders;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.weights.StateDict;
import java.nio.file.Path;

/** A model folder for tests: four modalities, ten classes, pictures of 32 × 32 pixels; no weight is zero. */
public final class SmallModelFolder {

    public static final int CLASSES = 10;
    public static final int PIXELS = 32;

    private SmallModelFolder() {}

    public static TransformerConfig transformerConfig() {
        return TransformerConfig.small(8, 4, CLASSES).toBuilder()
                .width(32)
                .depth(2)
                .heads(2)
                .projectorWidth(16)
                .projectionDepth(1)
                .build();
    }

    public static ModelConfig config() {
        return ModelConfig.standard(transformerConfig(), Interpolant.linear());
    }

    /** Returns a transformer with weights. Close it. */
    public static DiffusionTransformer transformer(TransformerConfig config) {
        DiffusionTransformer transformer = new DiffusionTransformer(config);
        try (Generator generator = Generator.seeded(1)) {
            transformer.initialize(generator);
        }
        FormulaWeights.fill(transformer, "");
        return transformer;
    }

    /** Writes the model and returns its folder. */
    public static Path write(Path folder) {
        return write(folder, SmallAutoencoders.tinyConfig());
    }

    /** Writes the model with another autoencoder. */
    public static Path write(Path folder, AutoencoderConfig autoencoder) {
        try (DiffusionTransformer transformer = transformer(transformerConfig());
                StateDict weights = transformer.state();
                AutoencoderKl network = new AutoencoderKl(autoencoder)) {
            FormulaWeights.fill(network, "");
            ModelFolder.write(folder, config(), weights);
            AutoencoderFolder.write(network, folder.resolve(ModelFolder.AUTOENCODER));
        }
        return folder;
    }
}
