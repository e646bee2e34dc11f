package dev.mmgen.cli.image;

import static dev.mmgen.cli.CommandRun.succeed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.image.PngText;
import dev.mmgen.image.Resampling;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.DepthCoding;
import dev.mmgen.modality.NormalCoding;
import dev.mmgen.npy.NpyArray;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.testkit.OneThread;
import dev.mmgen.testkit.RandomModel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands {@code translate}, {@code inpaint} and {@code reconstruct}. */
@ExtendWith(OneThread.class)
class ApplicationsTest {

    @TempDir
    private static Path demo;

    private static Path model;
    private static Path photo;

    @TempDir
    private Path folder;

    @BeforeAll
    static void make() {
        model = RandomModel.make(demo);
        photo = demo.resolve("photo.png");
        Rendering scene = ShapesWorld.render(ShapesWorld.FIRST.scene(Split.VALIDATION.seed(3)), 64, 64);
        scene.rgb().write(photo);
        scene.depthPicture().write(demo.resolve("depth.png"));
        scene.normalPicture().write(demo.resolve("normal.png"));
        scene.maskPicture().write(demo.resolve("mask.png"));
    }

    private static void fails(int exitCode, List<Object> arguments, String... parts) {
        CommandRun run = CommandRun.of(arguments.toArray());
        assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        assertThat(run.errorLines()).last().asString().startsWith("mmgen: ").contains(parts);
    }

    @Test
    void translateDrawsFourOnASheetWithThePhoto() {
        CommandRun run = succeed("translate", "-m", model, photo, "--steps", 2, "-o", folder);
        assertThat(folder.toFile().list())
                .hasSize(4 * 5 + 1)
                .contains("photo.translated-seed0-0003.rgb.png", "photo.translated-seed0.sheet.png");
        assertThat(run.out().lines().toList())
                .hasSize(5)
                .last()
                .isEqualTo(folder.resolve("photo.translated-seed0.sheet.png").toString());
        RgbImage sheet = RgbImage.read(folder.resolve("photo.translated-seed0.sheet.png"));
        assertThat(sheet).hasToString("RgbImage[266x134]");
        assertThat(sheet.crop(2, 2, 64, 64)).isEqualTo(RgbImage.read(photo));
        RgbImage depth = sheet.crop(68, 2, 64, 64);
        assertThat(RgbImage.read(folder.resolve("photo.translated-seed0-0000.depth.png")))
                .isEqualTo(depth);
        RgbImage first = RgbImage.read(folder.resolve("photo.translated-seed0-0000.rgb.png"));
        assertThat(sheet.crop(2, 68, 64, 64)).isEqualTo(first);
        assertThat(RgbImage.read(folder.resolve("photo.translated-seed0-0001.rgb.png")))
                .isNotEqualTo(first);
    }

    @Test
    void translateKeepsTheGivenModalities() {
        succeed(
                "translate",
                "-m",
                model,
                photo,
                "--steps",
                2,
                "--count",
                1,
                "--keep",
                "depth,mask",
                "-c",
                1,
                "-o",
                folder);
        assertThat(folder.toFile().list()).hasSize(6).contains("photo.translated-seed0.png");
        Path other = folder.resolve("other");
        fails(1, List.of("translate", "-m", model, photo, "--keep", "rgb", "-o", other), "--keep rgb");
        fails(1, List.of("translate", "-m", model, photo, "--keep", "edges", "-o", other), "'edges'");
    }

    @Test
    void inpaintChangesTheRegionAlone() {
        succeed("inpaint", "-m", model, photo, "--region", "16,32,24,16", "--steps", 2, "-o", folder);
        assertThat(folder.toFile().list()).hasSize(11);
        for (String modality : List.of("rgb", "depth", "normal", "segmentation")) {
            RgbImage before = RgbImage.read(folder.resolve("photo.before-seed0." + modality + ".png"));
            RgbImage after = RgbImage.read(folder.resolve("photo.inpainted-seed0." + modality + ".png"));
            assertThat(after.crop(0, 0, 64, 32)).isEqualTo(before.crop(0, 0, 64, 32));
            assertThat(after.crop(40, 32, 24, 32)).isEqualTo(before.crop(40, 32, 24, 32));
            assertThat(after.crop(16, 32, 24, 16)).isNotEqualTo(before.crop(16, 32, 24, 16));
        }
        assertThat(RgbImage.read(folder.resolve("photo.before-seed0.rgb.png"))).isEqualTo(RgbImage.read(photo));
    }

    @Test
    void inpaintTakesAMaskOfThePhotosSize() {
        Path large = folder.resolve("large.png");
        RgbImage.read(photo).resize(128, 128, Resampling.BOX).write(large);
        byte[] white = new byte[3 * 128 * 128];
        Arrays.fill(white, 3 * 64 * 128, white.length, (byte) 255);
        Path mask = folder.resolve("mask.png");
        RgbImage.of(128, 128, white).write(mask);
        succeed("inpaint", "-m", model, large, "--mask", mask, "--steps", 2, "-o", folder);
        RgbImage before = RgbImage.read(folder.resolve("large.before-seed0.depth.png"));
        RgbImage after = RgbImage.read(folder.resolve("large.inpainted-seed0.depth.png"));
        assertThat(after.crop(0, 0, 64, 31)).isEqualTo(before.crop(0, 0, 64, 31));
        assertThat(after.crop(0, 32, 64, 32)).isNotEqualTo(before.crop(0, 32, 64, 32));
        RgbImage whole = RgbImage.read(folder.resolve("large.inpainted-seed0.photo.png"));
        assertThat(whole.crop(0, 0, 128, 64)).isEqualTo(RgbImage.read(large).crop(0, 0, 128, 64));
        assertThat(whole.crop(0, 64, 128, 64)).isNotEqualTo(RgbImage.read(large).crop(0, 64, 128, 64));
        fails(
                1,
                List.of("inpaint", "-m", model, photo, "--mask", mask, "-o", folder),
                "mask.png",
                "128 x 128",
                "64 x 64");
    }

    @Test
    void inpaintWorksAnywhereOnAPhotoOfAnotherShape() {
        Path wide = folder.resolve("wide.png");
        RgbImage picture = RgbImage.read(photo).resize(200, 80, Resampling.BICUBIC);
        picture.write(wide);
        List<Object> command = List.of("inpaint", "-m", model, wide, "--steps", 2);
        succeed(with(command, "--region", "180,10,20,30", "-o", folder.resolve("crop"))
                .toArray());
        RgbImage whole = RgbImage.read(folder.resolve("crop/wide.inpainted-seed0.photo.png"));
        assertThat(whole.crop(0, 0, 180, 80)).isEqualTo(picture.crop(0, 0, 180, 80));
        assertThat(whole.crop(180, 40, 20, 40)).isEqualTo(picture.crop(180, 40, 20, 40));
        assertThat(whole.crop(180, 10, 20, 30)).isNotEqualTo(picture.crop(180, 10, 20, 30));
        fails(
                1,
                with(command, "--region", "10,10,100,10", "-o", folder.resolve("none")),
                "larger than the part",
                "PAD");
        succeed(with(command, "--region", "10,10,100,10", "--fit", "pad", "-o", folder.resolve("pad"))
                .toArray());
        whole = RgbImage.read(folder.resolve("pad/wide.inpainted-seed0.photo.png"));
        assertThat(whole.crop(0, 20, 200, 60)).isEqualTo(picture.crop(0, 20, 200, 60));
        assertThat(whole.crop(10, 10, 100, 10)).isNotEqualTo(picture.crop(10, 10, 100, 10));
    }

    @Test
    void photosOfAnotherShapeAreNotCroppedInSilence() {
        Path wide = folder.resolve("wide.png");
        RgbImage.read(photo).resize(200, 80, Resampling.BICUBIC).write(wide);
        List<Object> command = List.of("understand", "-m", model, wide, "--steps", 1, "-o", folder);
        assertThat(succeed(command.toArray()).err()).contains("wide.png is of 200 x 80 pixels", "--fit tile");
        assertThat(succeed(with(command, "--fit", "crop", "--force").toArray()).err())
                .doesNotContain("--fit");
        CommandRun tiled =
                succeed(with(command, "--fit", "tile", "--force", "--json").toArray());
        assertThat(tiled.out()).contains("\"width\":200,\"height\":80", "\"fit\":\"tile\"");
        assertThat(RgbImage.read(folder.resolve("wide-seed0.depth.png"))).hasToString("RgbImage[200x80]");
    }

    @Test
    void whatIsMadeOfAPhotoCanHaveItsSize() {
        Path wide = folder.resolve("wide.png");
        RgbImage.read(photo).resize(96, 64, Resampling.BICUBIC).write(wide);
        List<Object> translate =
                List.of("translate", "-m", model, wide, "--steps", 1, "--count", 1, "-o", folder.resolve("t"));
        List<Object> reconstruct = List.of("reconstruct", "-m", model, wide, "--steps", 1, "-o", folder.resolve("r"));
        List<Object> condition =
                List.of("condition", "-m", model, "-g", "depth=" + wide, "--steps", 1, "-o", folder.resolve("c"));
        for (List<Object> command : List.of(translate, reconstruct, condition)) {
            assertThat(succeed(command.toArray()).err()).contains("wide.png is of 96 x 64 pixels");
        }
        succeed(with(translate, "--fit", "pad", "--force").toArray());
        assertThat(RgbImage.read(folder.resolve("t/wide.translated-seed0.rgb.png")))
                .hasToString("RgbImage[96x64]");
        fails(1, with(translate, "--fit", "tile", "--force"), "--fit tile is for reading");
        for (String fit : List.of("tile", "stretch")) {
            succeed(with(reconstruct, "--fit", fit, "--force").toArray());
            assertThat(RgbImage.read(folder.resolve("r/wide-seed0.depth.png"))).hasToString("RgbImage[96x64]");
        }
    }

    @Test
    void rawWritesTheNumbersAndConditionReadsThem() {
        succeed("understand", "-m", model, photo, "--steps", 2, "--raw", "npy,png16", "-o", folder);
        assertThat(folder.toFile().list()).hasSize(5 + 4 + 4 + 1);
        assertThat(NpyArray.read(folder.resolve("photo-seed0.depth.npy")).shape())
                .containsExactly(64L, 64L);
        RgbImage depth = RgbImage.read(demo.resolve("depth.png"));
        float[] metres = new float[64 * 64];
        for (int i = 0; i < metres.length; i++) {
            metres[i] = 1 / (0.1f + (depth.pixel(i % 64, i / 64) & 0xff) / 255f);
        }
        Path file = folder.resolve("metres.npy");
        NpyArray.of(metres, 64, 64).write(file);
        List<Object> condition =
                List.of("condition", "-m", model, "-g", "depth=" + file, "--steps", 1, "-o", folder.resolve("drawn"));
        succeed(with(condition, "--depth-unit", "m").toArray());
        assertThat(RgbImage.read(folder.resolve("drawn").resolve("from-depth-seed0.depth.png")))
                .isEqualTo(DepthCoding.DISTANCE.toRgbImage(64, 64, metres));
        fails(1, condition, "metres.npy", "DISTANCE");
        fails(1, with(condition, "--depth-unit", "mm", "--far-is-white"), "--far-is-white");
        fails(2, with(condition, "--depth-unit", "feet"), "relative, mm, m");
        fails(2, with(condition, "--raw", "exr"), "npy, png16, tiff");
        fails(2, with(condition, "-g", "depth=" + photo), "--given depth is there twice");
        fails(2, with(condition, "-g", "depth.png"), "it must be MODALITY=FILE");
    }

    @Test
    void conditionTurnsNormalsAndDepthOver() {
        Path normals = demo.resolve("normal.png");
        succeed(
                "condition",
                "-m",
                model,
                "-g",
                "normal=" + normals,
                "-g",
                "depth=" + demo.resolve("depth.png"),
                "--normals",
                "directx",
                "--far-is-white",
                "--steps",
                1,
                "-o",
                folder);
        assertThat(RgbImage.read(folder.resolve("from-normal-depth-seed0.normal.png")))
                .isEqualTo(NormalCoding.DIRECTX.read(normals));
        assertThat(RgbImage.read(folder.resolve("from-normal-depth-seed0.depth.png")))
                .isEqualTo(DepthCoding.FAR_IS_WHITE.read(demo.resolve("depth.png")));
    }

    @Test
    void picturesTellHowTheyWereDrawnUnlessAskedNotTo() {
        List<Object> command = List.of(
                "understand",
                "-m",
                model,
                photo,
                "--steps",
                2,
                "--shift",
                3,
                "--seed",
                7,
                "--raw",
                "png16",
                "-o",
                folder);
        succeed(command.toArray());
        for (String file : List.of(
                "photo-seed7.png", "photo-seed7.depth.png", "photo-seed7.depth.16.png", "photo-seed7.normal.16.png")) {
            assertThat(PngText.read(folder.resolve(file)))
                    .containsEntry("Model", model.getFileName().toString())
                    .containsEntry("Seed", "7")
                    .containsEntry("Steps", "2")
                    .containsEntry("Shift", "3.0")
                    .containsEntry("Conditions", "rgb")
                    .doesNotContainKey("Category");
        }
        RgbImage depth = RgbImage.read(folder.resolve("photo-seed7.depth.png"));
        succeed(with(command, "--no-metadata", "--force").toArray());
        assertThat(PngText.read(folder.resolve("photo-seed7.depth.png"))).isEmpty();
        assertThat(PngText.read(folder.resolve("photo-seed7.depth.16.png"))).isEmpty();
        assertThat(RgbImage.read(folder.resolve("photo-seed7.depth.png"))).isEqualTo(depth);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0,0,65,10 | 1 | [0, 0, 65, 10]", "0,0,0,10 | 1 | [0, 0, 0, 10]", "-1,0,4,4 | 1 | [-1, 0, 4, 4]",
                "2147483647,0,4,4 | 1 | 2147483647", "1,2,3 | 1 | X,Y,W,H", "1,2,3,x | 2 | --region"
            })
    void invalidRegionsAreRefused(String region, int exitCode, String part) {
        fails(exitCode, List.of("inpaint", "-m", model, photo, "--region=" + region, "-o", folder), part);
    }

    @Test
    void reconstructWritesSurfaceAndViews() {
        CommandRun run = succeed(
                "reconstruct",
                photo,
                "-g",
                "depth=" + demo.resolve("depth.png"),
                "-g",
                "normal=" + demo.resolve("normal.png"),
                "-g",
                "mask=" + demo.resolve("mask.png"),
                "--view-size",
                32,
                "-o",
                folder);
        assertThat(folder.toFile().list())
                .containsExactlyInAnyOrder("photo.glb", "photo.ply", "photo.turntable.gif", "photo.turntable.png");
        assertThat(run.out()).contains(" triangles; field of view ").contains("photo.glb");
        assertThat(RgbImage.read(folder.resolve("photo.turntable.png"))).hasToString("RgbImage[192x64]");
        assertThat(RgbImage.read(folder.resolve("photo.turntable.gif"))).hasToString("RgbImage[32x32]");
    }

    @Test
    void reconstructReadsWhatIsNotGiven() {
        succeed(
                "reconstruct",
                "-m",
                model,
                photo,
                "-g",
                "mask=" + demo.resolve("mask.png"),
                "--steps",
                2,
                "--points",
                "--fov",
                40,
                "--range",
                2,
                6,
                "--view-size",
                16,
                "-o",
                folder);
        assertThat(folder.toFile().list()).contains("photo-seed0.ply", "photo-seed0.depth.png");
        assertThat(RgbImage.read(folder.resolve("photo-seed0.segmentation.png")))
                .isEqualTo(RgbImage.read(demo.resolve("mask.png")));
    }

    @Test
    void impossibleReconstructionsAreOneLine() {
        List<Object> known = List.of(
                "reconstruct",
                photo,
                "-g",
                "depth=" + demo.resolve("depth.png"),
                "-g",
                "normal=" + demo.resolve("normal.png"),
                "-g",
                "mask=" + demo.resolve("mask.png"),
                "-o",
                folder);
        fails(1, with(known, "--steepest", 1e-9), "nothing is left");
        fails(1, with(known, "--background", -1), "-1 segments");
        fails(1, with(known, "--range", 1, 2), "--fov");
        fails(1, with(known, "--fov", 180), "180");
        fails(1, with(known, "--fov", 40, "--range", 2, 1), "near must be positive");
        fails(2, with(known, "--foreground", "red"), "'red' is not a colour");
        fails(1, List.of("reconstruct", photo, "-g", "edges=" + photo, "-o", folder), "'edges'");
        assertThat(folder).isEmptyDirectory();
    }

    private static List<Object> with(List<Object> arguments, Object... more) {
        return Stream.concat(arguments.stream(), Stream.of(more)).toList();
    }
}
