package dev.mmgen.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.image.RgbImage;
import dev.mmgen.testkit.TinyData;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands in two processes of this machine against the same in one. */
@Timeout(180)
class LaunchTest {

    @TempDir
    private Path folder;

    private Object[] training(String out, int steps) {
        return new Object[] {
            "train",
            "--plan",
            folder.resolve("plan.json"),
            "--gradient-accumulation",
            2,
            "--index",
            folder.resolve("train.jsonl"),
            "--latents",
            "rgb=" + folder.resolve("rgb.h5"),
            "--latents",
            "depth=" + folder.resolve("depth.h5"),
            "--features",
            folder.resolve("dino.h5"),
            "--steps",
            steps,
            "--out",
            folder.resolve(out)
        };
    }

    private static Object[] byTwo(Object... command) {
        List<Object> words = new ArrayList<>(List.of("launch", "--processes", "2", "--"));
        words.addAll(List.of(command));
        return words.toArray();
    }

    private List<Double> losses(String out) throws Exception {
        List<String> lines = Files.readAllLines(folder.resolve(out).resolve("metrics.csv"));
        int column = List.of(lines.getFirst().split(",")).indexOf("loss");
        return lines.stream()
                .skip(1)
                .map(line -> Double.parseDouble(line.split(",")[column]))
                .toList();
    }

    @Test
    void twoProcessesTrainAsOneDoesAndOneGoesOn() throws Exception {
        TinyData.write(folder, "rgb", "depth");
        CommandRun.succeed(training("alone", 3));
        CommandRun.succeed(byTwo(training("together", 3)));
        List<Double> together = losses("together");
        assertThat(together).hasSize(3);
        for (int i = 0; i < 3; i++) {
            assertThat(together.get(i)).isCloseTo(losses("alone").get(i), within(1e-5));
        }
        CommandRun.succeed(training("together", 5));
        assertThat(losses("together")).hasSize(5);
    }

    @Test
    void twoProcessesTrainAnAutoencoderAsOneDoes() throws Exception {
        List<IndexEntry> entries = new ArrayList<>();
        Random random = new Random(1);
        for (int i = 0; i < 4; i++) {
            byte[] levels = new byte[16 * 16 * 3];
            random.nextBytes(levels);
            Path rgb = folder.resolve(i + ".png");
            RgbImage.of(16, 16, levels).write(rgb);
            entries.add(new IndexEntry("n0", 0, "n0/" + i + ".png", Map.of("rgb", rgb)));
        }
        JsonlIndex.of(entries).write(folder.resolve("index.jsonl"));
        Files.writeString(folder.resolve("vae.json"), """
                {"model": {"blockOutChannels": [8, 8], "normNumGroups": 4, "sampleSize": 16}, "batchSize": 4,
                 "steps": 4, "optimization": {"warmUpSteps": 0}}""");
        CommandRun.succeed(autoencoder("vae-alone"));
        CommandRun.succeed(byTwo(autoencoder("vae-together")));
        List<Double> together = losses("vae-together");
        assertThat(together).hasSize(4);
        for (int i = 0; i < 4; i++) {
            assertThat(together.get(i)).isCloseTo(losses("vae-alone").get(i), within(1e-5));
        }
        assertThat(folder.resolve("vae-together/autoencoder/config.json")).exists();
    }

    private Object[] autoencoder(String out) {
        return new Object[] {
            "train-vae",
            "--index",
            folder.resolve("index.jsonl"),
            "--plan",
            folder.resolve("vae.json"),
            "--out",
            folder.resolve(out)
        };
    }

    @Test
    void theExitCodeIsThatOfTheProcessThatFails() {
        assertThat(CommandRun.of(byTwo("train", "--nonsense")).exitCode()).isEqualTo(2);
    }

    @Test
    void noProcessesAreWrongUsage() {
        assertThat(CommandRun.of("launch", "--processes", "0", "--", "doctor").exitCode())
                .isEqualTo(2);
    }
}
