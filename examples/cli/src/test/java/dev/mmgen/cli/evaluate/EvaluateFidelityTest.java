package dev.mmgen.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.cli.RandomNetworks;
import dev.mmgen.image.RgbImage;
import dev.mmgen.train.metric.adm.AdmBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateFidelityTest {

    private static final int PICTURES = 6;

    @TempDir
    private Path folder;

    /** Noise of at most so many levels, of other sizes and under other names from one picture to the next. */
    private Path pictures(String name, int levels) {
        Random random = new Random(levels);
        for (int i = 0; i < PICTURES; i++) {
            byte[] rgb = new byte[(28 + i) * 30 * 3];
            for (int j = 0; j < rgb.length; j++) {
                rgb[j] = (byte) random.nextInt(levels);
            }
            RgbImage.of(28 + i, 30, rgb).write(folder.resolve(name + "/" + i + name + ".png"));
        }
        return folder.resolve(name);
    }

    private CommandRun fidelity(Path drawn, Path truth, int batch) {
        return CommandRun.of(
                "evaluate",
                "fidelity",
                "--drawn",
                drawn,
                "--truth",
                truth,
                "--weights",
                folder.resolve("dinov2.safetensors"),
                "--size",
                28,
                "--batch",
                batch,
                "--out",
                folder.resolve("report"));
    }

    private double figure(String name) throws IOException {
        return Files.readString(folder.resolve("report/fidelity.csv"))
                .lines()
                .filter(line -> line.startsWith(name + ","))
                .mapToDouble(line -> Double.parseDouble(line.split(",")[1]))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void setsOfPicturesAreComparedByTheirFeatures() throws IOException {
        RandomNetworks.dino(folder);
        Path bright = pictures("bright", 256);
        CommandRun same = fidelity(bright, bright, 4);
        assertThat(same.exitCode()).as(same.err()).isZero();
        assertThat(figure("Fréchet distance")).isCloseTo(0, within(1e-6));
        assertThat(figure("recall")).isEqualTo(1);

        Path dark = pictures("dark", 3);
        assertThat(fidelity(dark, bright, 4).exitCode()).isZero();
        double distance = figure("Fréchet distance");
        assertThat(distance).isGreaterThan(0.1);
        assertThat(figure("precision")).isZero();
        assertThat(fidelity(dark, bright, 5).exitCode()).isZero();
        assertThat(figure("Fréchet distance")).isCloseTo(distance, within(1e-4 * distance));
    }

    @Test
    void impossibleComparisonsAreNamed() throws IOException {
        Path drawn = pictures("drawn", 256);
        assertThat(fidelity(drawn, folder.resolve("none"), 4).err()).contains("none is not a folder");
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertThat(fidelity(drawn, empty, 4).err()).contains("empty holds no files");
        assertThat(fidelity(drawn, drawn, 0).err()).contains("--batch is 0");
        assertThat(fidelity(drawn, drawn, 4).err()).contains("dinov2.safetensors");
    }

    @Test
    void picturesArePackedForAdm() {
        RgbImage first = RgbImage.of(2, 1, new byte[] {1, 2, 3, 4, 5, 6});
        RgbImage second = RgbImage.of(2, 1, new byte[] {7, 8, 9, 10, 11, 12});
        second.write(folder.resolve("drawn/b.png"));
        first.write(folder.resolve("drawn/a.png"));
        Path file = folder.resolve("batch.npz");
        assertPacked(
                CommandRun.of("evaluate", "adm", "--drawn", folder.resolve("drawn"), "-o", file), file, first, second);
        assertPacked(
                CommandRun.of("evaluate", "adm", "--drawn", folder.resolve("drawn"), "-o", file, "--compress"),
                file,
                first,
                second);
        RgbImage.of(1, 1, new byte[3]).write(folder.resolve("drawn/c.png"));
        CommandRun refused =
                CommandRun.of("evaluate", "adm", "--drawn", folder.resolve("drawn"), "-o", folder.resolve("x.npz"));
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("c.png", "does not fit into a batch of 2x1");
        assertThat(folder.resolve("x.npz")).doesNotExist();
    }

    private static void assertPacked(CommandRun run, Path file, RgbImage... pictures) {
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains(pictures.length + " pictures of 2 x 1");
        try (AdmBatch batch = AdmBatch.open(file)) {
            assertThat(batch).toIterable().containsExactly(pictures);
        }
    }
}
