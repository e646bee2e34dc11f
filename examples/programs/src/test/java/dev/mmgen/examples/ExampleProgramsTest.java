package dev.mmgen.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.testkit.OneThread;
import dev.mmgen.testkit.RandomModel;
import dev.mmgen.torch.Torch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The programs to copy from: each runs, and writes what it says. */
@ExtendWith(OneThread.class)
class ExampleProgramsTest {

    private static final Path OUT = Path.of("out");

    @TempDir
    private static Path demo;

    private static String[] model;

    @BeforeAll
    static void make() {
        model = new String[] {RandomModel.make(demo).toString()};
    }

    @BeforeEach
    void clear() throws IOException {
        if (Files.exists(OUT)) {
            try (Stream<Path> files = Files.list(OUT)) {
                files.forEach(file -> assertDoesNotThrow(() -> Files.delete(file)));
            }
        }
    }

    private static String run(Consumer<String[]> program) {
        return run(program, model);
    }

    private static String run(Consumer<String[]> program, String... arguments) {
        long before = Torch.liveTensors();
        PrintStream real = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            program.accept(arguments);
        } finally {
            System.setOut(real);
        }
        assertThat(Torch.liveTensors()).isEqualTo(before);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static RgbImage picture(String name) {
        return RgbImage.read(OUT.resolve(name));
    }

    @Test
    void generateImageWritesAllModalities() {
        assertThat(run(GenerateImage::main)).contains("out/category-7.png");
        assertThat(picture("category-7.png")).hasToString("RgbImage[256x64]");
    }

    @Test
    void readPhotoWritesDepthAndNormals() {
        assertThat(run(ReadPhoto::main)).contains("out/depth.png");
        assertThat(picture("depth.png")).isNotEqualTo(picture("normal.png")).hasToString("RgbImage[64x64]");
    }

    @Test
    void drawFromDepthWritesFourPhotos() {
        assertThat(run(DrawFromDepth::main)).contains("out/from-depth.png");
        assertThat(picture("from-depth.png").width()).isGreaterThan(4 * 64);
    }

    @Test
    void inpaintRegionKeepsTheRest() {
        assertThat(run(InpaintRegion::main)).contains("out/after.png");
        RgbImage before = picture("before.rgb.png");
        RgbImage after = picture("after.rgb.png");
        assertThat(after.crop(0, 0, 64, 16)).isEqualTo(before.crop(0, 0, 64, 16));
        assertThat(after.crop(16, 16, 32, 32)).isNotEqualTo(before.crop(16, 16, 32, 32));
    }

    @Test
    void translateImageWritesASheet() {
        assertThat(run(TranslateImage::main)).contains("out/translated.png");
        assertThat(picture("translated.png")).hasToString("RgbImage[266x134]");
    }

    @Test
    void reconstructSceneWritesMeshesAndViews() {
        assertThat(run(ReconstructScene::main)).contains("out/scene.glb");
        assertThat(OUT.resolve("scene.ply")).isNotEmptyFile();
        assertThat(OUT.resolve("scene.gif")).isNotEmptyFile();
        assertThat(picture("scene-views.png").width()).isEqualTo(6 * 256);
    }

    @Test
    void watchAndCancelStopsHalfWay() {
        assertThat(run(WatchAndCancel::main))
                .startsWith("step 1 of 100")
                .contains("step 50 of 100")
                .doesNotContain("step 51")
                .contains("nothing is left behind");
    }

    @Test
    void composePartsWritesAllModalities() {
        assertThat(run(ComposeParts::main)).contains("rgb, depth, normal, segmentation", "after 20 forward passes");
        assertThat(OUT.resolve("segmentation.png")).exists();
    }

    @Test
    void trainFromScratchResumes(@TempDir Path folder) {
        Path last = folder.resolve("checkpoints/0000300.pt");
        assertThat(run(TrainFromScratch::main, folder.toString()))
                .contains("step  25  loss", "step 300  loss", last.toString());
        assertThat(run(TrainFromScratch::main, folder.toString()))
                .doesNotContain("step")
                .contains(last.toString());
    }

    @Test
    void addModalityWritesAModelOfFive(@TempDir Path folder) {
        assertThat(run(AddModality::main, folder.resolve("model").toString(), "2"))
                .contains("canny is read from held-out photos to", "out/edges.png is written");
        assertThat(picture("edges.png")).hasToString("RgbImage[128x128]");
    }

    @Test
    void replaceModalityWritesAModelOfFour(@TempDir Path folder) {
        assertThat(run(ReplaceModality::main, folder.resolve("model").toString(), "2"))
                .contains("is a model of [rgb, depth, normal, canny]");
    }

    @Test
    void trainAdapterTakesItOffAgain(@TempDir Path folder) {
        assertThat(run(TrainAdapter::main, folder.resolve("model").toString(), "2"))
                .contains("with the adapter the model answers otherwise", "without it the model answers as before");
    }

    @Test
    void ownLossWritesAModel(@TempDir Path folder) {
        assertThat(run(OwnLoss::main, folder.resolve("model").toString(), "2"))
                .contains("2 steps;", "is a model folder");
        assertThat(ModelFolder.open(folder.resolve("model")).config().modalityNames())
                .hasSize(5);
    }

    @Test
    void demoWritesItsSheets() {
        assertThat(run(Demo::main)).contains("generated.png", "understood.png", "from-depth.png", "AbsRel");
        assertThat(Demo.OUT.resolve("generated.png")).exists();
    }
}
