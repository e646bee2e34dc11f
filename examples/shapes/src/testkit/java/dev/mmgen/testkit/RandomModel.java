package dev.mmgen.testkit;

import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.OfficialCheckpoint;
import dev.mmgen.io.SamplingDefaults;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.PythonValue;
import dev.mmgen.torch.weights.StateDict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A small model with fixed random weights, in the official forms: a {@code .pt} checkpoint, an autoencoder in the layout of
 * diffusers, and the model folder that {@code mmgen convert} makes of them. It exercises everything and knows nothing: its
 * pictures are coloured noise.
 */
public final class RandomModel {

    private static final int IMAGE_SIZE = 64;
    private static final TransformerConfig TRANSFORMER = TransformerConfig.small(8, 4, 10).toBuilder()
            .width(128)
            .projections(List.of(32))
            .build();
    private static final AutoencoderConfig AUTOENCODER = AutoencoderConfig.stableDiffusion().toBuilder()
            .blockOutChannels(16, 32, 32, 32)
            .layersPerBlock(1)
            .normNumGroups(8)
            .sampleSize(IMAGE_SIZE)
            .build();

    private RandomModel() {}

    /** Returns a picture that stands for a photo: a test scene that no model was trained on. */
    public static RgbImage photo() {
        return ShapesWorld.render(ShapesWorld.FIRST.scene(Split.TEST.seed(7)), IMAGE_SIZE, IMAGE_SIZE)
                .rgb();
    }

    /**
     * Makes the small model, unless it is there, in a folder of your choice: the checkpoint as {@code demo.pt} and the model
     * folder as {@code model}, which is returned.
     */
    public static Path make(Path folder) {
        Path model = folder.resolve("model");
        if (!Files.exists(model.resolve("config.json"))) {
            Path checkpoint = folder.resolve("demo.pt");
            Path autoencoder = model.resolve(ModelFolder.AUTOENCODER);
            try (Generator generator = Generator.seeded(2503)) {
                writeAutoencoder(autoencoder, generator);
                writeCheckpoint(checkpoint, generator);
            }
            try (OfficialCheckpoint official = OfficialCheckpoint.open(checkpoint)) {
                // A noisy field gains nothing from many steps.
                official.convert(
                        model,
                        null,
                        false,
                        config -> config.with(
                                new SamplingDefaults("euler", 4, Guidance.NONE),
                                new SamplingDefaults("euler", 3, Guidance.NONE)));
            }
        }
        return model;
    }

    private static void writeAutoencoder(Path folder, Generator generator) {
        try (AutoencoderKl autoencoder = new AutoencoderKl(AUTOENCODER)) {
            autoencoder.initialize(generator);
            AutoencoderFolder.write(autoencoder, folder);
        }
    }

    private static void writeCheckpoint(Path file, Generator generator) {
        try (DiffusionTransformer transformer = new DiffusionTransformer(TRANSFORMER);
                TensorScope _ = TensorScope.open()) {
            transformer.initialize(generator);
            // The last maps start at zero, which would predict a velocity of zero.
            transformer.parameters().forEach((name, parameter) -> {
                Tensor value = parameter.value();
                if (value.abs().amax().item() == 0) {
                    Torch.normal_(value, 0, 0.2, generator);
                }
            });
            Map<String, Object> arguments = new LinkedHashMap<>();
            arguments.put("model", "SiT-S/2");
            arguments.put("hidden_size", TRANSFORMER.width());
            arguments.put("depth", TRANSFORMER.depth());
            arguments.put("num_heads", TRANSFORMER.heads());
            arguments.put("resolution", IMAGE_SIZE);
            arguments.put("num_classes", TRANSFORMER.classes());
            arguments.put("num_tasks", TRANSFORMER.modalities());
            arguments.put("encoder_depth", TRANSFORMER.projectionDepth());
            arguments.put("is_mmcat_diff", true);
            arguments.put("use_decouple_task", true);
            arguments.put("use_taskcond_emb", true);
            try (StateDict weights = transformer.state()) {
                PickleCheckpoint.write(
                        file, Map.of("ema", weights.asMap(), "args", new PythonValue.Namespace(arguments), "steps", 0));
            }
        }
    }
}
