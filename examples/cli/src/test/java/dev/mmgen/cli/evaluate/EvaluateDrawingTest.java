package dev.mmgen.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.cli.RandomNetworks;
import dev.mmgen.image.RgbImage;
import dev.mmgen.shapes.SceneFolder;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.testkit.RandomModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code mmgen shapes train-judge} and {@code mmgen evaluate shapes generation} and {@code conditions}. */
class EvaluateDrawingTest {

    @TempDir
    private static Path folder;

    private static Path model;
    private static Path judge;

    @BeforeAll
    static void write() {
        model = RandomModel.make(folder);
        judge = RandomNetworks.judge(folder);
    }

    @Test
    void trainsAJudge() {
        Path index = SceneFolder.of(folder.resolve("scenes"), ShapesWorld.SECOND, Split.TRAIN)
                .withSize(16)
                .write(0, 2, 1, () -> {});
        Path out = folder.resolve("trained.safetensors");
        CommandRun run = CommandRun.of(
                "shapes",
                "train-judge",
                "--index",
                index,
                "--validation",
                index,
                "--steps",
                1,
                "--batch",
                2,
                "--threads",
                1,
                "--out",
                out);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("category ").contains("(2 scenes)");
        assertThat(out).exists();
    }

    @Test
    void evaluatesGeneration() throws Exception {
        Path out = folder.resolve("generation");
        CommandRun run = CommandRun.of(
                "evaluate",
                "shapes",
                "generation",
                "--model",
                model,
                "--judge",
                judge,
                "--single",
                model,
                "--count",
                5,
                "--steps",
                1,
                "--sampler",
                "euler",
                "--guidance",
                1.4,
                "--threads",
                1,
                "--out",
                out);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("MMGen: 5 images, Euler 1, guidance 1.4");
        assertThat(Files.readAllLines(out.resolve("generation.md")).getFirst())
                .isEqualTo(
                        "| metric | better |"
                                + " mean training image | training scenes | VAE reconstruction of the truth | specialist | MMGen |");
        assertThat(Files.readString(out.resolve("generation.csv"))).contains("MMGen,proxy FID,");
        // Five pictures of 64 pixels in a row, enlarged twice, and four modalities.
        assertThat(RgbImage.read(out.resolve("generation.png"))).hasToString("RgbImage[664x532]");
    }

    @Test
    void ensemblesAreComparedByTheirReadings() throws Exception {
        Path out = folder.resolve("ensembles");
        CommandRun run = CommandRun.of(
                "evaluate",
                "shapes",
                "ensembles",
                "--model",
                model,
                "--readings",
                "1,3",
                "--scenes",
                3,
                "--steps",
                1,
                "--threads",
                1,
                "--out",
                out);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("| metric | better | 1 reading | 3 readings |")
                .contains("| rank correlation of uncertainty and error, normal | higher | – | ");
        assertThat(Files.readAllLines(out.resolve("ensembles.csv")))
                .anyMatch(line -> line.startsWith("3 readings,\"rank correlation of uncertainty and error, depth\",0")
                        || line.startsWith("3 readings,\"rank correlation of uncertainty and error, depth\",-0"));
    }

    @Test
    void drawingSamplersAreCompared() throws Exception {
        Path out = folder.resolve("drawing-samplers");
        CommandRun run = CommandRun.of(
                "evaluate",
                "shapes",
                "drawing-samplers",
                "--model",
                model,
                "--judge",
                judge,
                "--trials",
                "euler-maruyama=3,heun=1,dpm-solver-sde=2",
                "--count",
                5,
                "--guidance",
                1.4,
                "--threads",
                1,
                "--out",
                out);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("5 images, guidance 1.4");
        List<String> lines = Files.readAllLines(out.resolve("drawing-samplers.csv"));
        assertThat(lines).hasSize(1 + 3);
        assertThat(lines.getFirst())
                .startsWith("sampler,steps,evaluations,seconds,category accuracy,proxy FID,")
                .contains(",\"segmentation against the photo, mIoU\",");
        assertThat(lines.get(3)).as("guided at both times").startsWith("\"SDE, DPM-Solver++\",2,4,");
        assertThat(lines.get(3).split(",")).hasSizeGreaterThan(10).doesNotContain("");
        assertThat(RgbImage.read(out.resolve("drawing-samplers.png")).width()).isEqualTo(3 * 460);
    }

    @Test
    void evaluatesConditions() throws Exception {
        Path out = folder.resolve("conditions");
        CommandRun run = CommandRun.of(
                "evaluate",
                "shapes",
                "conditions",
                "--model",
                model,
                "--judge",
                judge,
                "--scenes",
                2,
                "--draws",
                2,
                "--steps",
                1,
                "--sampler",
                "euler",
                "--threads",
                1,
                "--out",
                out);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("photos from depth: depth AbsRel ")
                .contains("photos from normal: normal mean ")
                .contains("photos from segmentation: segmentation mIoU ");
        assertThat(Files.readString(out.resolve("conditions.csv")))
                .contains("photos from normal,photo distance between draws,");
        assertThat(RgbImage.read(out.resolve("conditions-depth.png"))).hasToString("RgbImage[400x268]");
    }

    @Test
    void aMissingJudgeIsNamed() {
        CommandRun run = CommandRun.of(
                "evaluate",
                "shapes",
                "conditions",
                "--model",
                model,
                "--judge",
                folder.resolve("none.safetensors"),
                "--out",
                folder.resolve("out"));
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errorLines()).singleElement().asString().contains("none.safetensors");
    }
}
