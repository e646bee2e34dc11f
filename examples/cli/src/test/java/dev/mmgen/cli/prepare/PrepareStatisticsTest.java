package dev.mmgen.cli.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.MmGen;
import dev.mmgen.cli.CommandRun;
import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.LatentNormalizationFile;
import dev.mmgen.torch.Generator;
import dev.mmgen.train.data.StoredArray;
import dev.mmgen.train.hdf5.SampleWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From images to a model folder, command by command. */
class PrepareStatisticsTest {

    private static final String PLAN = """
            {"model": {"inputSize": 4, "width": 32, "depth": 2, "heads": 2, "classes": 2, "modalities": 2,
                       "projections": [], "projectionDepth": 1},
             "loss": {"modalityWeights": [1, 0.5], "alignment": {"weight": 0}}, "precision": "FLOAT32", "batchSize": 2,
             "steps": 2, "checkpointing": {"every": 2}}""";

    @TempDir
    private Path folder;

    private Path file(String name) {
        return folder.resolve(name);
    }

    private static void assertDone(CommandRun run) {
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    private static void assertRefused(CommandRun run, String reason) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.err()).contains(reason);
    }

    private void writeImagesAndAutoencoder() {
        for (String modality : List.of("rgb", "depth")) {
            for (int i = 0; i < 6; i++) {
                byte[] rgb = new byte[8 * 8 * 3];
                new Random(i + modality.length()).nextBytes(rgb);
                RgbImage.of(8, 8, rgb).write(file(modality + "/c" + i % 2 + "/" + i + ".png"));
            }
        }
        AutoencoderConfig config = AutoencoderConfig.stableDiffusion().toBuilder()
                .blockOutChannels(8, 16)
                .layersPerBlock(1)
                .normNumGroups(4)
                .scalingFactor(1.0)
                .sampleSize(16)
                .build();
        try (AutoencoderKl network = new AutoencoderKl(config);
                Generator generator = Generator.seeded(1)) {
            network.initialize(generator);
            AutoencoderFolder.write(network, file("vae"));
        }
    }

    private CommandRun train(Object... more) {
        List<Object> words = new ArrayList<>(List.of(
                "train",
                "--plan",
                file("plan.json"),
                "--index",
                file("index.jsonl"),
                "--moments",
                "rgb=" + file("rgb.h5"),
                "--moments",
                "depth=" + file("depth.h5"),
                "--out",
                file("run")));
        words.addAll(List.of(more));
        return CommandRun.of(words.toArray());
    }

    private CommandRun convert(Object... more) {
        List<Object> words = new ArrayList<>(
                List.of("convert", file("run/checkpoints/0000002.pt"), "--vae", file("vae"), "--out", file("model")));
        words.addAll(List.of(more));
        return CommandRun.of(words.toArray());
    }

    @Test
    void imagesBecomeAModelFolderWithTheStatisticsOfItsTraining() throws Exception {
        writeImagesAndAutoencoder();
        Files.writeString(file("plan.json"), PLAN);
        assertDone(CommandRun.of(
                "prepare",
                "index",
                "--images",
                "rgb=" + file("rgb"),
                "--images",
                "depth=" + file("depth"),
                "--out",
                file("index.jsonl")));
        assertDone(CommandRun.of(
                "prepare",
                "latents",
                "--index",
                file("index.jsonl"),
                "--vae",
                file("vae"),
                "--size",
                8,
                "--out",
                folder));
        CommandRun measured = CommandRun.of(
                "prepare",
                "statistics",
                "--moments",
                "rgb=" + file("rgb.h5"),
                "--moments",
                "depth=" + file("depth.h5"),
                "--out",
                file("statistics.json"));
        assertDone(measured);
        assertThat(measured.out().lines()).hasSize(2).first().asString().startsWith("rgb: means [");
        LatentNormalization statistics = LatentNormalizationFile.read(file("statistics.json"));
        assertThat(statistics).isInstanceOf(LatentNormalization.Statistics.class);

        assertDone(train("--statistics", file("statistics.json")));
        assertThat(LatentNormalizationFile.read(file("run/latents.json"))).isEqualTo(statistics);
        assertRefused(train("--steps", 3), "has a training on latents that are normalised otherwise");
        assertDone(convert("--statistics", file("run/latents.json")));
        try (MmGen mmgen = MmGen.open(file("model"))) {
            assertThat(mmgen.config().latents()).isEqualTo(statistics);
            assertThat(mmgen.resolution()).isEqualTo(8);
            assertThat(mmgen.understand(RgbImage.read(file("rgb/c0/0.png")))
                            .steps(2)
                            .run()
                            .depth()
                            .width())
                    .isEqualTo(8);
        }
    }

    @Test
    void badInputIsOneLine() throws Exception {
        try (SampleWriter writer = SampleWriter.open(file("rgb.h5"))) {
            writer.write("a", StoredArray.of(new float[] {1, 1, 2, 1}, 1, 1, 2, 2));
            writer.finish();
        }
        Files.writeString(file("plan.json"), PLAN);
        Files.writeString(file("index.jsonl"), "{\"cat\": \"a\", \"idx_cat\": 0, \"path_rel_rgb\": \"a\"}\n");
        Path out = file("statistics.json");
        assertRefused(
                CommandRun.of("prepare", "statistics", "--moments", "rgb=" + file("none.h5"), "--out", out), "none.h5");
        assertThat(out).doesNotExist();
        assertDone(CommandRun.of("prepare", "statistics", "--moments", "rgb=" + file("rgb.h5"), "--out", out));
        assertThat(LatentNormalizationFile.read(out))
                .isEqualTo(
                        new LatentNormalization.Statistics(List.of(List.of(1.5)), List.of(List.of(Math.sqrt(1.25)))));
        assertRefused(
                CommandRun.of("prepare", "statistics", "--moments", "rgb=" + file("rgb.h5"), "--out", out),
                "statistics.json exists already");
        Files.copy(file("rgb.h5"), file("depth.h5"));
        assertRefused(train("--statistics", out), "statistics of 1 modalities with 1 latent channels each");
        assertRefused(train("--statistics", out, "--latent-scale", 1), "give one");
        assertRefused(train("--statistics", file("plan.json")), "does not hold a normalization of latents");
        assertThat(file("run")).doesNotExist();
    }
}
