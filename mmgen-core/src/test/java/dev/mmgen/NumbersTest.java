package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.geometry.NormalMap;
import dev.mmgen.geometry.RelativeDepth;
import dev.mmgen.geometry.Segments;
import dev.mmgen.image.FloatImage;
import dev.mmgen.image.GreyImage;
import dev.mmgen.image.Quantization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.npy.NpyArray;
import dev.mmgen.npy.NpyType;
import dev.mmgen.torch.Torch;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The numbers of a {@link MultiModalImage} and the {@link RawFormat} files of them, drawn by a model of random weights. */
@ExtendWith(TensorLeakCheck.class)
class NumbersTest {

    private static final int SIZE = SmallModelFolder.PIXELS;

    @TempDir
    private static Path model;

    private static int threads;
    private static MultiModalImage scene;
    private static MultiModalImage inpainted;
    private static RgbImage photo;

    @TempDir
    private Path folder;

    @BeforeAll
    static void draw() {
        threads = Torch.threads();
        Torch.setThreads(1);
        SmallModelFolder.write(model);
        byte[] rgb = new byte[3 * SIZE * SIZE];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (128 + 100 * Math.sin(i * 0.01));
        }
        photo = RgbImage.of(SIZE, SIZE, rgb);
        try (MmGen mmgen = MmGen.open(model)) {
            scene = mmgen.understand(photo).steps(2).run();
            Mask region = Mask.none(SIZE, SIZE).withRectangle(0, 0, 8, 8);
            inpainted = mmgen.generate().inpaint(scene, region).seed(5).steps(2).run();
        }
    }

    @AfterAll
    static void restoreThreads() {
        Torch.setThreads(threads);
    }

    @Test
    void picturesAreTheNumbersInEightBits() {
        for (Modality modality : List.of(Modality.DEPTH, Modality.NORMAL, Modality.SEGMENTATION)) {
            FloatImage numbers = scene.numbers(modality);
            assertThat(numbers.toRgbImage(Quantization.TRUNCATE)).isEqualTo(scene.get(modality));
            Set<Float> values = new HashSet<>();
            for (float value : numbers.values()) {
                values.add(value);
            }
            assertThat(values).hasSizeGreaterThan(256);
        }
    }

    @Test
    void givenPicturesHaveTheNumbersOfTheirLevels() {
        FloatImage numbers = scene.numbers(Modality.RGB);
        assertThat(numbers.values()).isEqualTo(FloatImage.of(photo).values());
        assertThat(numbers.toRgbImage(Quantization.ROUND)).isEqualTo(photo);
    }

    @Test
    void inpaintingKeepsTheNumbersOutsideOfTheRegion() {
        float[] before = scene.numbers(Modality.DEPTH).values();
        float[] after = inpainted.numbers(Modality.DEPTH).values();
        int changed = 0;
        for (int i = 0; i < before.length; i++) {
            int pixel = i % (SIZE * SIZE);
            if (pixel % SIZE < 8 && pixel / SIZE < 8) {
                changed += before[i] == after[i] ? 0 : 1;
            } else {
                assertThat(after[i]).isEqualTo(before[i]);
            }
        }
        assertThat(changed).isGreaterThan(100);
    }

    @Test
    void nearIsOneAndFarIsZero() {
        FloatImage picture = new FloatImage(4, 1, new float[] {-1, 1, 3, 0, -1, 1, 3, 0.3f, -1, 1, 3, 0.6f});
        RelativeDepth depth = RelativeDepth.of(picture);
        assertThat(depth.values()).containsExactly(new float[] {0, 1, 1, 0.65f}, within(1e-6f));
        assertThat(depth.toGreyImage().levels()).containsExactly(0, 65_535, 65_535, 42_598);
    }

    @Test
    void normalsAreVectorsOfLengthOne() {
        float[] vectors = scene.normalMap().values();
        for (int i = 0; i < vectors.length; i += 3) {
            assertThat(Math.hypot(Math.hypot(vectors[i], vectors[i + 1]), vectors[i + 2]))
                    .isCloseTo(1, within(1e-5));
        }
        FloatImage two = new FloatImage(2, 1, new float[] {0.6f, 0, 0, -0.5f, 0.8f, 0});
        assertThat(NormalMap.of(two).values()).containsExactly(new float[] {0.6f, 0, 0.8f, 0, -1, 0}, within(1e-6f));
    }

    @Test
    void labelsAreThePlacesOfThePalettesNearestColours() {
        RgbImage picture = RgbImage.of(3, 1, new byte[] {(byte) 250, 9, 0, 3, 2, 1, 0, 8, (byte) 201});
        Segments segments = Segments.of(picture, List.of(0x000000, 0x0000ff, 0xff0000));
        assertThat(segments.labels()).containsExactly(2, 0, 1);
    }

    @Test
    void arraysHoldEachModalityInItsOwnTerms() {
        scene.writeRaw(folder, "room", RawFormat.NPY);
        assertThat(folder.toFile().list())
                .containsExactlyInAnyOrder(
                        "room.rgb.npy", "room.depth.npy", "room.normal.npy", "room.segmentation.npy");
        NpyArray depth = NpyArray.read(folder.resolve("room.depth.npy"));
        assertThat(depth)
                .isEqualTo(NpyArray.of(scene.relativeDepth().values(), SIZE, SIZE))
                .isEqualTo(RawFormat.array(scene, Modality.DEPTH));
        NpyArray normals = NpyArray.read(folder.resolve("room.normal.npy"));
        assertThat(normals).isEqualTo(NpyArray.of(scene.normalMap().values(), SIZE, SIZE, 3));
        NpyArray labels = NpyArray.read(folder.resolve("room.segmentation.npy"));
        assertThat(labels.type()).isEqualTo(NpyType.INT32);
        assertThat(labels.toDoubles()).hasSize(SIZE * SIZE);
        assertThat(Modality.RGB.read(folder.resolve("room.rgb.npy"))).isEqualTo(photo);
    }

    @Test
    void deepPicturesHoldTheNumbersInSixteenBits() {
        scene.writeRaw(folder, "room", RawFormat.PNG16);
        GreyImage depth = GreyImage.read(folder.resolve("room.depth.16.png"));
        assertThat(depth.maximum()).isEqualTo(65_535);
        assertThat(depth.levels()).isEqualTo(scene.relativeDepth().toGreyImage().levels());
        assertThat(RgbImage.read(folder.resolve("room.normal.16.png")))
                .isEqualTo(scene.numbers(Modality.NORMAL).toRgbImage(Quantization.ROUND));
    }

    @Test
    void tiffFilesHoldTheNumbersAsFloats() throws IOException {
        scene.writeRaw(folder, "room", RawFormat.TIFF);
        assertThat(floats("room.depth.tif")).isEqualTo(scene.relativeDepth().values());
        assertThat(floats("room.normal.tif")).isEqualTo(scene.normalMap().values());
        float[] labels = floats("room.segmentation.tif");
        int[] known = scene.segments().labels();
        for (int i = 0; i < labels.length; i++) {
            assertThat(labels[i]).isEqualTo(known[i]);
        }
    }

    private float[] floats(String name) throws IOException {
        Raster raster = ImageIO.read(folder.resolve(name).toFile()).getRaster();
        assertThat(raster.getDataBuffer().getDataType()).isEqualTo(DataBuffer.TYPE_FLOAT);
        return raster.getPixels(0, 0, SIZE, SIZE, (float[]) null);
    }

    @Test
    void depthThatWasWrittenIsReadBackAsItWas() {
        float[] slope = new float[3 * 64];
        for (int i = 0; i < slope.length; i++) {
            slope[i] = i % 64 / 31.5f - 1;
        }
        FloatImage numbers = new FloatImage(8, 8, slope);
        RgbImage levels = numbers.toRgbImage(Quantization.ROUND);
        MultiModalImage image = new MultiModalImage(
                Map.of(Modality.DEPTH, levels), Map.of(Modality.DEPTH, numbers), Map.of(), Map.of());
        for (RawFormat format : List.of(RawFormat.NPY, RawFormat.PNG16)) {
            image.writeRaw(folder, "slope", format);
            Path file = folder.resolve(format.fileName("slope", Modality.DEPTH));
            assertThat(Modality.DEPTH.read(file)).isEqualTo(levels);
        }
    }
}
