package dev.mmgen.cli.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.image.RgbImage;
import dev.mmgen.testkit.OneThread;
import dev.mmgen.testkit.RandomModel;
import dev.mmgen.testkit.TinyData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The pictures that a run draws: its losses and samples. */
@ExtendWith(OneThread.class)
class TrainPicturesTest {

    @TempDir
    private Path folder;

    private TinyData data;
    private Path autoencoder;

    @BeforeEach
    void write() throws Exception {
        data = TinyData.write(folder, "rgb", "depth");
        autoencoder = RandomModel.make(folder.resolve("random")).resolve("vae");
    }

    private Path train(String run, int steps) {
        Path out = folder.resolve(run);
        List<Object> command = new ArrayList<>(data.command("train", out, "rgb", "depth"));
        command.addAll(List.of(
                "--plan",
                data.plan(),
                "--features",
                data.features(),
                "--threads",
                1,
                "--steps",
                steps,
                "--pictures",
                2,
                "--vae",
                autoencoder));
        CommandRun.succeed(command.toArray());
        return out;
    }

    @Test
    void aResumedRunDrawsTheSameSamples() throws Exception {
        Path parts = train("parts", 3);
        RgbImage first = RgbImage.read(parts.resolve("losses.png"));
        assertThat(first).hasToString("RgbImage[900x500]");
        assertThat(parts.resolve("samples").toFile().list()).containsExactly("samples-0000002.png");
        train("parts", 5);
        assertThat(parts.resolve("samples").toFile().list())
                .containsExactlyInAnyOrder("samples-0000002.png", "samples-0000004.png");

        Path whole = train("whole", 5);
        assertThat(RgbImage.read(parts.resolve("losses.png")))
                .isNotEqualTo(first)
                .isEqualTo(RgbImage.read(whole.resolve("losses.png")));
        RgbImage samples = RgbImage.read(parts.resolve("samples/samples-0000004.png"));
        assertThat(samples).isEqualTo(RgbImage.read(whole.resolve("samples/samples-0000004.png")));
        assertThat(samples)
                .as("four classes of two modalities, 32 pixels each, 2 between")
                .hasToString("RgbImage[70x138]");

        train("forgetful", 3);
        Files.delete(folder.resolve("forgetful/metrics.csv"));
        assertThat(RgbImage.read(train("forgetful", 5).resolve("losses.png")))
                .as("a plot without the losses of the first run")
                .isNotEqualTo(RgbImage.read(whole.resolve("losses.png")));
    }

    @Test
    void picturesCanBeTurnedOff() {
        Path out = folder.resolve("none");
        List<Object> command = new ArrayList<>(data.command("train", out, "rgb", "depth"));
        command.addAll(
                List.of("--plan", data.plan(), "--features", data.features(), "--pictures", 0, "--vae", autoencoder));
        assertThat(CommandRun.of(command.toArray()).exitCode()).isZero();
        assertThat(out.toFile().list()).contains("metrics.csv", "events").doesNotContain("losses.png", "samples");
    }
}
