package dev.mmgen.cli.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.image.ImageReading;
import dev.mmgen.image.RgbImage;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.feature.DinoConfig;
import dev.mmgen.train.feature.DinoFeatures;
import dev.mmgen.train.feature.DinoV2;
import dev.mmgen.train.hdf5.Hdf5Samples;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrepareFeaturesTest {

    @TempDir
    private Path folder;

    private CommandRun features(Path weights) {
        return CommandRun.of(
                "prepare",
                "features",
                "--index",
                folder.resolve("index.jsonl"),
                "--weights",
                weights,
                "--size",
                28,
                "--out",
                folder.resolve("dino.h5"));
    }

    @Test
    void featuresComeFromWeightsOfAnySize() {
        byte[] rgb = new byte[30 * 40 * 3];
        new Random(1).nextBytes(rgb);
        Path photo = folder.resolve("1.png");
        RgbImage.of(30, 40, rgb).write(photo);
        JsonlIndex.of(List.of(new IndexEntry("c", 0, "c/1.png", Map.of("rgb", photo))))
                .write(folder.resolve("index.jsonl"));
        Path weights = folder.resolve("dinov2.safetensors");
        try (DinoV2 model = new DinoV2(DinoConfig.published(128, 2, 2));
                Generator generator = Generator.seeded(1)) {
            model.initialize(generator);
            try (StateDict state = model.state()) {
                Safetensors.write(weights, state, Map.of());
                Safetensors.write(folder.resolve("other.safetensors"), state.without("pos_embed"), Map.of());
            }
            CommandRun run = features(weights);
            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(run.out()).contains("dino.h5: 1 samples");
            try (Hdf5Samples samples = Hdf5Samples.open(folder.resolve("dino.h5"))) {
                assertThat(samples.shape("c/1.png")).containsExactly(4, 128);
                assertThat(samples.read("c/1.png").values())
                        .isEqualTo(new DinoFeatures(model, Device.CPU, 28)
                                .encode(RgbImage.read(photo, ImageReading.REFERENCE))
                                .values());
            }
        }
        CommandRun refused = features(folder.resolve("other.safetensors"));
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("does not hold a DINOv2").contains("'pos_embed' is missing");
        assertThat(features(folder.resolve("none.pth")).err()).contains("none.pth");
    }
}
