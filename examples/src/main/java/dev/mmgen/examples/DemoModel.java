package dev.mmgen.examples;

import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.image.Raster;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.OfficialCheckpoint;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.PythonValue;
import dev.mmgen.torch.weights.StateDict;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
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
public final class DemoModel {

    /** Where the model is made, below the working directory. */
    public static final Path FOLDER = Path.of("examples", "target", "demo");

    private static final int IMAGE_SIZE = 64;
    private static final TransformerConfig TRANSFORMER = new TransformerConfig(
            8, 2, 4, 4, 128, 4, 4, 4.0, 10, true, true, TimeEmbedding.PER_MODALITY, true, false, List.of(32), 64, 2);
    private static final AutoencoderConfig AUTOENCODER =
            new AutoencoderConfig(3, 3, 4, List.of(16, 32, 32, 32), 1, 8, 0.18215, IMAGE_SIZE, true, true, true);

    private DemoModel() {}

    /** Returns the model folder that a program was given, or makes the small model. */
    public static Path folder(String[] arguments) {
        return arguments.length > 0 ? Path.of(arguments[0]) : make();
    }

    /** Makes the small model, unless it is there, and returns its folder. */
    public static Path make() {
        return make(FOLDER);
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
                official.convert(model, null, false);
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

    /** Returns a picture that stands for a photo: a ball on a ground under a sky. */
    public static Raster samplePhoto() {
        int size = 256;
        BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setPaint(new GradientPaint(0, 0, new Color(0x5F9BD0), 0, 150, new Color(0xE6EEF2)));
        graphics.fillRect(0, 0, size, 150);
        graphics.setPaint(new GradientPaint(0, 150, new Color(0x8A9A5B), 0, size, new Color(0x4F5B2F)));
        graphics.fillRect(0, 150, size, size - 150);
        graphics.setColor(new Color(0x3B4423));
        graphics.fillOval(80, 190, 130, 26);
        for (int radius = 60; radius > 0; radius--) {
            float light = 1 - radius / 60f;
            graphics.setColor(new Color(0.55f + 0.4f * light, 0.12f + 0.5f * light, 0.1f + 0.4f * light));
            graphics.fillOval(128 - radius - (int) (14 * light), 138 - radius - (int) (18 * light), 2 * radius, 2 * radius);
        }
        graphics.dispose();
        return Raster.of(image);
    }
}
