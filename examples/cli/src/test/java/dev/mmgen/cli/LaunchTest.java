package dev.mmgen.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.image.RgbImage;
import dev.mmgen.testkit.OneThread;
import dev.mmgen.testkit.RandomModel;
import dev.mmgen.testkit.TinyData;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Commands in two processes of this machine against the same in one. */
@ExtendWith(OneThread.class)
@Timeout(300)
class LaunchTest {

    @TempDir
    private Path folder;

    private Object[] training(String out, int steps) {
        return training(folder, "train.jsonl", out, steps);
    }

    /** The words of a training on {@link TinyData} in a folder. */
    static Object[] training(Path folder, String index, String out, long steps) {
        return new Object[] {
            "train",
            "--plan",
            folder.resolve("plan.json"),
            "--gradient-accumulation",
            2,
            "--index",
            folder.resolve(index),
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

    static Object[] byTwo(Object... command) {
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
        TinyPictures.photos(folder, 4);
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

    /** All files of two folders, which must be the same to the bit. Paths in an index are those of its folder. */
    static void assertSame(Path alone, Path together) throws IOException {
        Map<String, String> one = files(alone);
        Map<String, String> two = files(together);
        assertThat(two.keySet()).isEqualTo(one.keySet());
        one.forEach((name, content) -> assertThat(two.get(name)).as(name).isEqualTo(content));
    }

    private static Map<String, String> files(Path root) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                files.put(root.relativize(file).toString(), text.replace(root.toString(), ""));
            }
        }
        return files;
    }

    @Test
    void twoProcessesDrawAndReadWhatOneDoes() throws Exception {
        Path model = RandomModel.make(folder);
        Object[] drawing = {"generate", "-m", model, "--steps", 1, "--count", 5, "--batch", 2, "-o"};
        CommandRun.succeed(with(drawing, folder.resolve("drawn-alone")));
        CommandRun.succeed(byTwo(with(drawing, folder.resolve("drawn-together"))));
        assertSame(folder.resolve("drawn-alone"), folder.resolve("drawn-together"));

        Path photos = folder.resolve("photos");
        for (int i = 0; i < 5; i++) {
            byte[] rgb = new byte[3 * 64 * 64];
            Arrays.fill(rgb, (byte) (40 * i));
            RgbImage.of(64, 64, rgb).write(photos.resolve(i + ".png"));
        }
        Object[] reading = {"understand", photos, "-m", model, "--steps", 1, "--batch", 2, "-o"};
        CommandRun.succeed(with(reading, folder.resolve("read-alone")));
        CommandRun.succeed(byTwo(with(reading, folder.resolve("read-together"))));
        assertSame(folder.resolve("read-alone"), folder.resolve("read-together"));
    }

    @Test
    void twoProcessesEncodeWhatOneDoes() throws Exception {
        Path vae = RandomModel.make(folder).resolve("vae");
        List<IndexEntry> entries = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            byte[] rgb = new byte[3 * 64 * 64];
            Arrays.fill(rgb, (byte) (30 * i));
            Path file = folder.resolve("encoded").resolve(i + ".png");
            RgbImage.of(64, 64, rgb).write(file);
            entries.add(new IndexEntry("n0", 0, "n0/" + i, Map.of("rgb", file)));
        }
        JsonlIndex.of(entries).write(folder.resolve("latents.jsonl"));
        Object[] encoding = {
            "prepare",
            "latents",
            "--index",
            folder.resolve("latents.jsonl"),
            "--vae",
            vae,
            "--batch",
            2,
            "--threads",
            1,
            "-o"
        };
        CommandRun.succeed(with(encoding, folder.resolve("alone").resolve("rgb.h5")));
        CommandRun.succeed(byTwo(with(encoding, folder.resolve("together").resolve("rgb.h5"))));
        assertSame(folder.resolve("alone"), folder.resolve("together"));
    }

    @Test
    void commandsThatDoNotShareTheirWorkAreRefused() throws Exception {
        Path scenes = folder.resolve("scenes");
        CommandRun rendering = CommandRun.of(byTwo("shapes", "render", "--count", 2, "--out", scenes));
        assertThat(rendering.exitCode()).isEqualTo(1);
        assertThat(scenes).doesNotExist();
        CommandRun nested = CommandRun.of(byTwo(byTwo("shapes", "render", "--count", 2, "--out", scenes)));
        assertThat(nested.exitCode()).isEqualTo(1);
        assertThat(scenes).doesNotExist();
    }

    @Test
    void damagedPhotosThatAreLeftAreNamedAndTheOthersStay() throws Exception {
        Path model = RandomModel.make(folder);
        Path photos = folder.resolve("photos");
        RgbImage.of(64, 64, new byte[3 * 64 * 64]).write(photos.resolve("good.png"));
        Files.writeString(photos.resolve("bad.png"), "no picture");
        Object[] reading = {"understand", photos, "-m", model, "--steps", 1, "--batch", 1, "-o", folder.resolve("read")
        };
        for (int i = 0; i < 2; i++) {
            assertThat(CommandRun.of(byTwo(reading)).exitCode()).isEqualTo(1);
            assertThat(folder.resolve("read/good-seed0.depth.png")).exists();
            assertThat(Files.readAllLines(folder.resolve("read/index.jsonl"))).hasSize(1);
        }
    }

    static Object[] with(Object[] words, Object... more) {
        return Stream.concat(Stream.of(words), Stream.of(more)).toArray();
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
