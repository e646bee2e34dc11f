package dev.mmgen.cli;

import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.evaluation.ShapesJudge;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.feature.DinoConfig;
import dev.mmgen.train.feature.DinoV2;
import java.nio.file.Path;
import java.util.Map;

/** Files of networks that judge pictures, with random weights. */
public final class RandomNetworks {

    private RandomNetworks() {}

    /** Writes a judge of the first world of shapes. */
    public static Path judge(Path folder) {
        Path file = folder.resolve("judge.safetensors");
        try (ShapesJudge random = ShapesJudge.random(ShapesWorld.FIRST, 0)) {
            random.write(file);
        }
        return file;
    }

    /** Writes a small DINOv2. */
    public static Path dino(Path folder) {
        Path file = folder.resolve("dinov2.safetensors");
        try (DinoV2 random = new DinoV2(DinoConfig.published(128, 2, 2));
                Generator generator = Generator.seeded(1)) {
            random.initialize(generator);
            try (StateDict state = random.state()) {
                Safetensors.write(file, state, Map.of());
            }
        }
        return file;
    }
}
