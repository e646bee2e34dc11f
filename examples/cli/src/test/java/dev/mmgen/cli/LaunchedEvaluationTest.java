package dev.mmgen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.image.RgbImage;
import dev.mmgen.testkit.OneThread;
import dev.mmgen.testkit.RandomModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Evaluations in two processes of this machine, whose tables and pictures are those of one to the bit. */
@ExtendWith(OneThread.class)
@Timeout(300)
class LaunchedEvaluationTest {

    @TempDir
    private static Path folder;

    private static Path model;
    private static Path judge;

    @BeforeAll
    static void write() {
        model = RandomModel.make(folder);
        judge = RandomNetworks.judge(folder);
    }

    private static void assertSameByTwo(String name, Object... command) throws IOException {
        Object[] words = LaunchTest.with(command, "-o");
        Path alone = folder.resolve(name + "-alone");
        Path together = folder.resolve(name + "-together");
        CommandRun.succeed(LaunchTest.with(words, alone));
        CommandRun.succeed(LaunchTest.byTwo(LaunchTest.with(words, together)));
        assertThat(alone).isNotEmptyDirectory();
        LaunchTest.assertSame(alone, together);
    }

    @Test
    void twoReadWhatOneDoes() throws IOException {
        // Batches are of 32.
        assertSameByTwo(
                "read",
                "evaluate",
                "shapes",
                "understanding",
                "-m",
                model,
                "--scenes",
                70,
                "--seeds",
                2,
                "--training-scenes",
                3,
                "--steps",
                1);
    }

    @Test
    void twoDrawWhatOneDoesAlsoWhereOneHasNoShare() throws IOException {
        Object[] drawing = {"evaluate", "shapes", "generation", "-m", model, "--judge", judge, "--steps", 1};
        assertSameByTwo("drawn", LaunchTest.with(drawing, "--count", 5, "--batch", 2));
        assertSameByTwo("lonely", LaunchTest.with(drawing, "--count", 5, "--batch", 5));
    }

    @Test
    void twoDrawFromConditionsWhatOneDoes() throws IOException {
        Object[] conditions = {"evaluate", "shapes", "conditions", "-m", model, "--judge", judge, "--steps", 1};
        assertSameByTwo("conditions", LaunchTest.with(conditions, "--scenes", 3, "--draws", 1, "--batch", 1));
    }

    @Test
    void twoCompareSetsOfPicturesAsOneDoes() throws IOException {
        Random random = new Random(1);
        for (int i = 0; i < 10; i++) {
            byte[] rgb = new byte[28 * 28 * 3];
            random.nextBytes(rgb);
            RgbImage.of(28, 28, rgb).write(folder.resolve((i < 5 ? "drawn/" : "true/") + i + ".png"));
        }
        Object[] fidelity = {
            "evaluate", "fidelity", "--drawn", folder.resolve("drawn"), "--truth", folder.resolve("true")
        };
        assertSameByTwo(
                "fidelity",
                LaunchTest.with(fidelity, "--weights", RandomNetworks.dino(folder), "--size", 28, "--batch", 2));
    }

    @Test
    void whatIsNotSharedOutIsDoneOnce() throws IOException {
        Path pictures = folder.resolve("pairs");
        RgbImage.of(2, 2, new byte[] {9, 9, 9, 40, 40, 40, 90, 90, 90, 99, 99, 99})
                .write(pictures.resolve("a.png"));
        assertSameByTwo("depth", "evaluate", "depth", "--predicted", pictures, "--truth", pictures);
    }
}
