package dev.mmgen.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.image.RgbImage;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.SceneFolder;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.shapes.evaluation.ScenePictures;
import dev.mmgen.testkit.RandomModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateTest {

    @TempDir
    private Path folder;

    private Path file(String name) {
        return folder.resolve(name);
    }

    private CommandRun compare(String what, Object... more) {
        List<Object> words = new ArrayList<>(List.of(
                "evaluate", what, "--predicted", file("predicted"), "--truth", file("truth"), "--out", file("report")));
        words.addAll(List.of(more));
        return CommandRun.of(words.toArray());
    }

    private static void assertDone(CommandRun run) {
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    private static void assertRefused(CommandRun run, String reason) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.err()).contains(reason);
    }

    private static RgbImage grey(int... levels) {
        byte[] rgb = new byte[3 * levels.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) levels[i / 3];
        }
        return RgbImage.of(levels.length, 1, rgb);
    }

    private String csv(String name) throws IOException {
        return Files.readString(file("report").resolve(name + ".csv"));
    }

    @Test
    void depthIsAlignedPictureByPicture() throws IOException {
        grey(100, 50, 25).write(file("truth/a/1.png"));
        grey(200, 100, 50).write(file("predicted/a/1.png"));
        grey(0, 40, 80).write(file("truth/2.png"));
        grey(9, 80, 40).write(file("predicted/2.png"));
        assertDone(compare("depth"));
        assertThat(csv("depth")).contains("depth δ3,1.0,,true");
        assertThat(Files.readString(file("report/depth.md"))).contains("| depth AbsRel | 0.0000 |");

        grey(50, 100, 200).write(file("predicted/a/1.png"));
        CommandRun fitted = compare("depth", "--space", "disparity");
        assertDone(fitted);
        assertThat(fitted.out()).contains("| depth AbsRel | 0.0000 |");
        assertRefused(compare("depth", "--max", "0"), "depths from 0.001 to 0.0");
    }

    @Test
    void normalsAreComparedByAngle() throws IOException {
        RgbImage.of(1, 1, new byte[] {(byte) 255, 127, 127}).write(file("truth/1.png"));
        RgbImage.of(1, 1, new byte[] {127, (byte) 255, 127}).write(file("predicted/1.png"));
        assertDone(compare("normals"));
        assertThat(csv("normals")).containsPattern("normal mean,90\\.\\d+,°,false");
    }

    @Test
    void masksArePairedOrReadByTheirColours() throws IOException {
        grey(0, 0, 255, 255).write(file("truth/1.png"));
        grey(255, 250, 0, 0).write(file("predicted/1.png"));
        assertDone(compare("segmentation"));
        assertThat(csv("segmentation")).contains("segmentation mIoU,100.0,%,true");
        assertDone(compare("segmentation", "--colours", "000000,ffffff"));
        assertThat(csv("segmentation")).contains("segmentation mIoU,0.0,%,true");
        assertRefused(compare("segmentation", "--colours", "black"), "'black' is not a colour RRGGBB");
    }

    @Test
    void picturesWithoutCounterpartsAreNamed() throws IOException {
        grey(1, 2).write(file("truth/1.png"));
        assertRefused(compare("normals"), "predicted is not a folder");
        Files.createDirectories(file("predicted"));
        assertRefused(compare("normals"), "predicted holds no files");
        grey(1, 2, 3).write(file("predicted/1.png"));
        assertRefused(compare("normals"), "1.png has 3 x 1 pixels");
        grey(1, 2).write(file("predicted/1.png"));
        grey(1, 2).write(file("predicted/0.png"));
        assertRefused(compare("normals"), "the first being 0.png");
        assertThat(file("report/normals.md")).doesNotExist();
    }

    @Test
    void anAutoencoderIsMeasuredOnAnIndex() throws IOException {
        Path index = SceneFolder.of(file("scenes"), ShapesWorld.FIRST, Split.VALIDATION)
                .withSize(64)
                .write(0, 2, 1, () -> {});
        Path vae = RandomModel.make(file("demo")).resolve("vae");
        assertDone(CommandRun.of("evaluate", "vae", "--vae", vae, "--index", index, "--out", file("report")));
        assertThat(csv("vae").lines()).hasSize(5).anyMatch(line -> line.startsWith("PSNR depth,"));
    }

    @Test
    void readingIsMeasuredBesideItsBounds() throws IOException {
        Path model = RandomModel.make(file("demo"));
        CommandRun run = CommandRun.of(
                "evaluate",
                "shapes",
                "understanding",
                "--model",
                model,
                "--scenes",
                2,
                "--seeds",
                2,
                "--training-scenes",
                3,
                "--steps",
                2,
                "--specialist",
                "depth=" + model,
                "--out",
                file("report"));
        assertDone(run);
        assertThat(run.out().lines().findFirst())
                .hasValue("| metric | better | mean training image"
                        + " | VAE reconstruction of the truth | specialist | MMGen |");
        assertThat(csv("understanding"))
                .contains("MMGen,depth AbsRel on objects,", "specialist,normal mean,,,2,°,false");
        RgbImage sheet = RgbImage.read(file("report/understanding.png"));
        List<Rendering> scenes = new ScenePictures(ShapesWorld.FIRST, Split.TEST, 64).render(0, 1);
        int corner = scenes.getFirst().rgb().pixel(0, 0);
        assertThat(sheet.pixel(4, 22)).isEqualTo(corner);
        assertThat(sheet.height()).isEqualTo(22 + 2 * 150);
    }

    @Test
    void modelsThatDoNotReadAreRefusedAsSpecialists() {
        Path model = RandomModel.make(file("demo"));
        assertRefused(
                CommandRun.of(
                        "evaluate",
                        "shapes",
                        "understanding",
                        "--model",
                        model,
                        "--specialist",
                        "canny=" + model,
                        "--out",
                        file("report")),
                "does not read canny");
        assertRefused(
                CommandRun.of(
                        "evaluate",
                        "shapes",
                        "understanding",
                        "--model",
                        model,
                        "--sampler",
                        "magic",
                        "--out",
                        file("report")),
                "unknown sampler 'magic'");
        assertRefused(
                CommandRun.of(
                        "evaluate",
                        "shapes",
                        "understanding",
                        "--model",
                        model,
                        "--scenes",
                        0,
                        "--out",
                        file("report")),
                "0 scenes");
    }

    private CommandRun samplers(String trials) {
        return CommandRun.of(
                "evaluate",
                "shapes",
                "samplers",
                "--model",
                RandomModel.make(file("demo")),
                "--scenes",
                1,
                "--trials",
                trials,
                "--out",
                file("report"));
    }

    @Test
    void samplersAreComparedAndPlotted() throws IOException {
        assertDone(samplers("euler-maruyama=3,euler=1,heun=2,euler=2"));
        List<String> lines = csv("samplers").lines().toList();
        assertThat(lines).hasSize(1 + 4);
        assertThat(lines.get(1)).startsWith("\"SDE, Euler–Maruyama\",3,3,");
        assertThat(lines.get(3)).startsWith("\"Heun\",2,3,");
        assertThat(RgbImage.read(file("report/samplers.png")).width()).isEqualTo(3 * 460);
        assertRefused(samplers("euler=0"), "'euler=0' is not a sampler with its steps");
        assertRefused(samplers("euler"), "'euler' is not a sampler with its steps");
        assertRefused(samplers("magic=3"), "unknown sampler 'magic'");
    }
}
