package dev.mmgen.modality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.MultiModalImage;
import dev.mmgen.RawFormat;
import dev.mmgen.image.FloatImage;
import dev.mmgen.image.FloatMap;
import dev.mmgen.image.GreyImage;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.modality.ModalityCoding.CodedPicture;
import dev.mmgen.modality.ScalarCoding.Mapping;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.npy.NpyArray;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link ScalarCoding}, {@link LabelCoding}, and the settings that hold them. */
class ModalityCodingTest {

    private static final Modality THERMAL = new Modality("thermal", "Thermal");

    @TempDir
    private Path folder;

    private static int[] levels(RgbImage picture) {
        byte[] rgb = picture.rgb();
        int[] levels = new int[rgb.length / 3];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = rgb[3 * i] & 0xff;
        }
        return levels;
    }

    @ParameterizedTest
    @EnumSource(Mapping.class)
    void numbersSurviveThePictureToHalfALevel(Mapping mapping) {
        for (ScalarCoding coding : List.of(
                ScalarCoding.of(0.5, 40).withMapping(mapping),
                ScalarCoding.of(40, 0.5).withMapping(mapping))) {
            float[] numbers = {0.5f, 0.6f, 1, 2, 7, 19, 33, 40};
            RgbImage picture = coding.picture(new FloatMap(4, 2, numbers));
            float[] back = coding.numbers(FloatImage.of(picture)).values();
            for (int i = 0; i < numbers.length; i++) {
                assertThat(coding.level(back[i])).isCloseTo(coding.level(numbers[i]), within(0.5 / 255 + 1e-6));
                assertThat(coding.number(coding.level(numbers[i]))).isCloseTo(numbers[i], within(1e-5));
            }
            assertThat(coding.number(0)).isCloseTo(coding.black(), within(1e-9));
            assertThat(coding.number(1)).isCloseTo(coding.white(), within(1e-9));
        }
    }

    @Test
    void mappingsSpreadLevelsAsTheySay() {
        assertThat(ScalarCoding.of(0, 100).level(25)).isEqualTo(0.25);
        assertThat(ScalarCoding.of(1, 10_000).withMapping(Mapping.LOGARITHMIC).level(100))
                .isCloseTo(0.5, within(1e-12));
        // Near is white, and half of the levels are for what is nearer than 2 metres.
        assertThat(ScalarCoding.of(Double.MAX_VALUE, 1)
                        .withMapping(Mapping.INVERSE)
                        .level(2))
                .isCloseTo(0.5, within(1e-12));
        assertThat(ScalarCoding.of(0, 100).level(-7)).isZero();
        assertThat(ScalarCoding.of(0, 100).level(170)).isEqualTo(1);
    }

    @Test
    void arraysAndDeepPicturesHoldNumbersAndFlatPicturesLevels() throws IOException {
        ScalarCoding coding = ScalarCoding.of(0, 50).withPerLevel(0.01).withMissing(List.of(-1.0));
        Path array = folder.resolve("a.npy");
        NpyArray.of(new float[] {0, 25, Float.NaN, -1, 50, 80}, 2, 3).write(array);
        CodedPicture read = coding.read(array);
        assertThat(levels(read.picture())).containsExactly(0, 128, 0, 0, 255, 255);
        assertThat(read.known()).containsExactly(true, true, false, false, true, true);
        Path deep = folder.resolve("b.png");
        GreyImage.of(2, 1, new int[] {2500, 5000}).write(deep);
        assertThat(levels(coding.read(deep).picture())).containsExactly(128, 255);
        Path flat = folder.resolve("c.png");
        RgbImage.of(2, 1, new byte[] {51, 51, 51, (byte) 204, (byte) 204, (byte) 204})
                .write(flat);
        assertThat(levels(coding.read(flat).picture())).containsExactly(51, 204);
        assertThat(levels(THERMAL.withCoding(coding).read(deep))).containsExactly(128, 255);
        assertThat(levels(THERMAL.withCoding(coding).read(Files.readAllBytes(deep))))
                .containsExactly(128, 255);
    }

    @Test
    void filesWithoutANumberAreRefused() {
        Path array = folder.resolve("holes.npy");
        NpyArray.of(new float[] {Float.NaN, 0}, 1, 2).write(array);
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(
                        () -> ScalarCoding.of(0, 1).withMissing(List.of(0.0)).read(array))
                .withMessageContainingAll("holes.npy", "has no number that is known");
    }

    @Test
    void whatIsDrawnIsWrittenInItsUnit() {
        ScalarCoding coding = ScalarCoding.of(200, 400).withPerLevel(0.01).withUnit("K");
        Modality thermal = THERMAL.withCoding(coding);
        RgbImage picture = coding.picture(new FloatMap(2, 1, new float[] {200, 300}));
        MultiModalImage image = new MultiModalImage(Map.of(thermal, picture));
        // A modality of the same name is the same one; the image knows its coding.
        float[] values = image.values(THERMAL).values();
        assertThat(values[0]).isEqualTo(200);
        assertThat(values[1]).isCloseTo(300, within(0.5f));
        image.writeRaw(folder, "drawn", RawFormat.NPY);
        NpyArray array = NpyArray.read(folder.resolve("drawn.thermal.npy"));
        assertThat(array.shape()).containsExactly(1L, 2L);
        assertThat(array.toDoubles()).containsExactly(values[0], values[1]);
        image.writeRaw(folder, "drawn", RawFormat.PNG16);
        int[] levels = GreyImage.read(folder.resolve("drawn.thermal.16.png")).levels();
        assertThat(levels).containsExactly(20_000, Math.round(values[1] * 100));
        assertThat(levels(coding.read(folder.resolve("drawn.thermal.16.png")).picture()))
                .containsExactly(levels(picture));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MultiModalImage(Map.of(THERMAL, picture)).values(THERMAL))
                .withMessageContaining("'thermal' have no range of numbers");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> image.labels(THERMAL))
                .withMessageContaining("'thermal' have no palette");
    }

    @Test
    void labelsArePaintedAndReadBack() {
        LabelCoding coding = LabelCoding.of(0x000000, 0xff0000, 0x00ff00).withNames(List.of("ground", "wall", "tree"));
        Modality parts = new Modality("parts", "Parts").withCoding(coding);
        Path array = folder.resolve("l.npy");
        NpyArray.of(new int[] {0, 1, 2, 255}, 2, 2).write(array);
        CodedPicture read = coding.read(array);
        assertThat(read.picture()).isEqualTo(RgbImage.of(2, 2, new byte[] {0, 0, 0, -1, 0, 0, 0, -1, 0, 0, 0, 0}));
        assertThat(read.known()).containsExactly(true, true, true, false);
        Path grey = folder.resolve("l.png");
        RgbImage.of(2, 1, new byte[] {1, 1, 1, 2, 2, 2}).write(grey);
        assertThat(coding.read(grey).picture()).isEqualTo(RgbImage.of(2, 1, new byte[] {-1, 0, 0, 0, -1, 0}));
        // Colours need not be exact, and pictures of colours stay as they are.
        RgbImage drawn = RgbImage.of(2, 2, new byte[] {9, 4, 0, -20, 7, 30, 40, -56, 9, 60, 20, 3});
        Path colours = folder.resolve("c.png");
        drawn.write(colours);
        assertThat(coding.read(colours).picture()).isEqualTo(drawn);
        MultiModalImage image = new MultiModalImage(Map.of(parts, drawn));
        assertThat(image.labels(parts).labels()).containsExactly(0, 1, 2, 0);
        image.writeRaw(folder, "drawn", RawFormat.NPY);
        assertThat(NpyArray.read(folder.resolve("drawn.parts.npy")).toDoubles()).containsExactly(0, 1, 2, 0);
        image.writeRaw(folder, "drawn", RawFormat.PNG16);
        assertThat(GreyImage.read(folder.resolve("drawn.parts.16.png")).levels())
                .containsExactly(0, 1, 2, 0);
    }

    @Test
    void aPictureOfOtherColoursIsNoPictureOfLabels() {
        Path file = folder.resolve("other.png");
        RgbImage.of(1, 1, new byte[] {77, 77, 77}).write(file);
        assertThatThrownBy(() -> LabelCoding.of(0x000000, 0xff0000).read(file))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("has none of the palette's colours [000000, ff0000]");
    }

    @Test
    void numbersOutsideOfARangeAreCounted() {
        Path file = folder.resolve("n.npy");
        NpyArray.of(new float[] {-1, 0, 100, 101, Float.NaN}, 1, 5).write(file);
        assertThat(ScalarCoding.of(0, 100).read(file).outside()).isEqualTo(0.5);
        assertThat(ScalarCoding.of(200, -200).read(file).outside()).isZero();
    }

    @Test
    void rangesThatHaveNoLevelsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScalarCoding.of(3, 3))
                .withMessageContaining("a range from 3.0 to 3.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScalarCoding.of(0, 100).withMapping(Mapping.LOGARITHMIC))
                .withMessageContaining("cannot be mapped logarithmic; both ends must be above 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScalarCoding.of(0, 1).withPerLevel(0))
                .withMessageContaining("stands for 0.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LabelCoding.of(0xff0000))
                .withMessageContaining("a palette of 1 colours");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LabelCoding.of(1, 2).withNames(List.of("one")))
                .withMessageContaining("1 names for 2 labels");
    }

    @Test
    void aModelsSettingsKeepCodingsAndWhatItCanDoWithout() {
        ModelConfig config = ModelConfig.builder(
                        TransformerConfig.sit("S/2").toBuilder().modalities(4).build())
                .modalityNames(List.of("rgb", "depth", "thermal", "parts"))
                .codings(Map.of(
                        "thermal", ScalarCoding.of(0, 100).withUnit("°C"),
                        "parts", LabelCoding.of(1, 2),
                        "unknown", LabelCoding.of(1, 2)))
                .optional(List.of("parts", "unknown"))
                .build();
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        config.write(written);
        ModelConfig read = ModelConfig.read(new ByteArrayInputStream(written.toByteArray()));
        assertThat(read).isEqualTo(config);
        assertThat(read.codings().keySet()).isEqualTo(Set.of("thermal", "parts"));
        assertThat(read.modalities().get(2).coding())
                .isEqualTo(ScalarCoding.of(0, 100).withUnit("°C"));
        assertThat(read.modalities().get(1).coding()).isNull();
        assertThat(read.blank(List.of(Modality.RGB, Modality.DEPTH))).containsExactly(3);
        assertThat(read.blank(List.of(Modality.RGB, new Modality("parts", "Parts"))))
                .isEmpty();
    }

    @Test
    void settingsOfBeforeAreReadAndWrittenAsTheyWere() {
        ModelConfig config = ModelConfig.builder(TransformerConfig.sit("S/2")).build();
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        config.write(written);
        String json = written.toString(StandardCharsets.UTF_8);
        assertThat(json).doesNotContain("codings", "optional");
        assertThat(ModelConfig.read(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8))))
                .isEqualTo(config);
    }
}
