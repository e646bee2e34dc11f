package dev.mmgen.train.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.MmGen;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.image.FloatImage;
import dev.mmgen.image.FloatMap;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ScalarCoding;
import dev.mmgen.npy.NpyArray;
import dev.mmgen.train.Precision;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.PictureFolder;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The data of a fine-tuning: what it may be, and what is refused before anything is encoded. */
@ExtendWith(TensorLeakCheck.class)
class FineTuningDataTest {

    private static final Modality CANNY = new Modality("canny", "Canny edges");

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void make() {
        model = TinyModel.write(folder.resolve("model"));
    }

    private Path pictures(int count) {
        return TinyModel.pictures(folder.resolve("pictures"), count, "", "rgb", "depth", "canny");
    }

    private FineTuning canny(Path data) {
        return FineTuning.of(model).add(CANNY).data(data).precision(Precision.FLOAT32);
    }

    @Test
    void numbersOfAUnitComeBackFromTheModelFolder() throws Exception {
        Path data = TinyModel.pictures(folder.resolve("units"), 6, "", "rgb", "depth");
        for (int i = 0; i < 6; i++) {
            float[] kelvin = new float[64];
            for (int k = 0; k < 64; k++) {
                kelvin[k] = k == 5 && i == 1 ? Float.NaN : 250 + 2 * k + i;
            }
            Files.createDirectories(data.resolve("thermal"));
            NpyArray.of(kelvin, 8, 8).write(data.resolve("thermal").resolve(i + ".npy"));
        }
        ScalarCoding coding = ScalarCoding.of(250, 400).withUnit("K");
        Modality thermal = new Modality("thermal", "Thermal");
        Path out = folder.resolve("thermal-model");
        FineTuning.of(model).add(thermal.withCoding(coding)).data(data).steps(2).run(out);
        RgbImage painted = RgbImage.read(out.resolve("pictures/thermal/3.png"));
        assertThat(coding.numbers(FloatImage.of(painted)).values()[10]).isCloseTo(273, within(0.3f));
        assertThat(out.resolve("latents/thermal_valid.h5")).as("NaN is a hole").exists();
        for (Path opened : List.of(out, out.resolve("checkpoints/0000002"))) {
            assertThat(ModelFolder.open(opened).config().optional()).containsExactly("thermal");
            try (MmGen mmgen = MmGen.open(opened)) {
                FloatMap read = mmgen.understand(TinyModel.picture(3)).run().values(thermal);
                for (float value : read.values()) {
                    assertThat(value).isBetween(250f, 400f);
                }
            }
        }
        Path other = folder.resolve("other-unit");
        FineTuning celsius = FineTuning.of(model)
                .add(thermal.withCoding(ScalarCoding.of(-20, 80).withUnit("C")))
                .data(data)
                .steps(1);
        assertThatThrownBy(() -> celsius.run(other))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("100 % of the numbers of 'thermal' lie outside of its range, -20.0 to 80.0");
        assertThat(other.resolve("pictures/thermal")).doesNotExist();
        NpyArray.of(new float[] {Float.NaN}, 1, 1).write(data.resolve("thermal/2.npy"));
        assertRefused(
                FineTuning.of(model).add(thermal.withCoding(coding)).data(data), "sample '2.png'", "has no number");
    }

    @Test
    void samplesOfAProgramsOwnMayLackAModality() {
        List<PictureSample> samples = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Map<Modality, RgbImage> pictures = new LinkedHashMap<>(Map.of(Modality.RGB, TinyModel.picture(i)));
            if (i % 2 == 0) {
                pictures.put(CANNY, TinyModel.picture(50 + i));
            }
            samples.add(PictureSample.of("s" + i, pictures).withCategory(i < 5 ? "Cube" : ""));
        }
        List<String> warnings = new ArrayList<>();
        List<List<Integer>> supervised = new ArrayList<>();
        FineTuning.Result result = FineTuning.of(model)
                .add(CANNY)
                .samples(samples)
                .steps(6)
                .batchSize(8)
                .onStart(start -> warnings.addAll(start.warnings()))
                .onStep(step -> supervised.add(step.loss().supervised()))
                .run(folder.resolve("own"));
        assertThat(warnings).singleElement().asString().contains("no pictures of 'depth'");
        assertThat(supervised).allMatch(counts -> counts.get(1) == 0 && counts.get(2) <= 5);
        assertThat(supervised).anyMatch(counts -> counts.get(2) > 0);
        assertThat(result.finished()).isTrue();
    }

    @Test
    void holesAreKeptOutOfTheLoss() throws Exception {
        Path data = TinyModel.pictures(folder.resolve("holes"), 3, "", "rgb", "canny");
        BufferedImage half = new BufferedImage(8, 8, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 64; i++) {
            half.setRGB(i % 8, i / 8, i % 8 < 4 ? 0xff102030 : 0x00ffffff);
        }
        ImageIO.write(half, "png", data.resolve("canny/1.png").toFile());
        IndexEntry entry =
                PictureFolder.open(data, List.of("rgb", "canny")).entries().get(1);
        LabelHoles holes = LabelHoles.of(entry, "canny").orElseThrow();
        assertThat(holes.filled().pixel(7, 3)).isEqualTo(holes.filled().pixel(0, 0));
        assertThat(holes.validity(8, 2).values()).startsWith(1, 1, 0, 0, 1, 1, 0, 0);
        FineTuning.of(model).add(CANNY).data(data).steps(2).run(folder.resolve("out"));
        assertThat(folder.resolve("out/latents/canny_valid.h5")).exists();

        Files.createDirectory(data.resolve("cany_valid"));
        FineTuning mistyped = FineTuning.of(model).add(CANNY).data(data).steps(2);
        assertThatThrownBy(() -> mistyped.run(folder.resolve("mistyped")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("cany_valid")
                .hasMessageContaining(
                        "would tell what is known of 'cany', which is no modality here; those that are read are")
                .hasMessageContaining("canny_valid");
    }

    @Test
    void classesAreFoundByTheirNames() {
        Path data = folder.resolve("classes");
        TinyModel.pictures(data, 3, "sphere", "rgb", "canny");
        TinyModel.pictures(data, 2, "Table", "rgb", "canny");
        PictureFolder found = PictureFolder.open(data, List.of("rgb", "canny"));
        ModelConfig config = ModelFolder.open(model).config();
        assertThat(ClassNumbers.of(config, found, ClassNumbers.Unknown.REFUSED).number(found))
                .extracting(IndexEntry::label)
                .containsExactly(2, 2, 1, 1, 1);
        TinyModel.pictures(data, 1, "spere", "rgb", "canny");
        assertThatThrownBy(() -> FineTuning.of(model).add(CANNY).data(data).plan())
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no class 'spere'")
                .hasMessageContaining("the nearest is 'sphere'")
                .hasMessageContaining("--new-classes");
        Path out = folder.resolve("new");
        FineTuning.of(model).add(CANNY).data(data).newClasses().steps(2).run(out);
        assertThat(ModelFolder.open(out).config().categories()).containsExactly("cube", "sphere", "table", "spere");
        PictureFolder flat = new PictureFolder(
                List.of(new IndexEntry("", 0, "a.png", Map.of("rgb", data.resolve("rgb/sphere/0.png")))), false);
        assertThat(ClassNumbers.of(config, flat, ClassNumbers.Unknown.REFUSED).number(flat))
                .as("no class is the number behind the last")
                .extracting(IndexEntry::label)
                .containsExactly(3);
    }

    @Test
    void anIndexIsCompletedByFolders() {
        Path data = pictures(4);
        List<IndexEntry> entries = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Map<String, Path> images = Map.of("rgb", data.resolve("rgb").resolve(i + ".png"));
            entries.add(new IndexEntry("table", 0, i + ".png", images));
        }
        JsonlIndex.of(entries).write(data.resolve("index.jsonl"));
        PictureFolder found = PictureFolder.open(data, List.of("rgb", "canny"));
        assertThat(found.count("canny")).isEqualTo(4);
        assertThat(ClassNumbers.of(ModelFolder.open(model).config(), found, ClassNumbers.Unknown.REFUSED)
                        .number(found))
                .allMatch(entry -> entry.label() == 2);
    }

    @Test
    void latentsOfOtherSamplesOrSizesOrModalitiesAreRefused() {
        Path data = pictures(8);
        Path whole = folder.resolve("of-pictures");
        canny(data).steps(1).run(whole);
        Path latents = whole.resolve("latents/canny.h5");
        assertRefused(
                canny(data).latents(Modality.NORMAL, latents),
                "there are latents of 'normal'",
                "it learns rgb, depth, canny");
        assertRefused(
                canny(data).latents(CANNY, latents).size(16), "canny.h5", "holds [4, 4, 4, 2]", "takes [4, 8, 8, 2]");
        Path others = TinyModel.pictures(folder.resolve("others"), 3, "cube", "rgb", "depth");
        assertRefused(canny(others).latents(CANNY, latents), "canny.h5", "holds none of the 3 samples");
        assertRefused(FineTuning.of(model).add(CANNY).samples(List.of()).latents(CANNY, latents), "data(...)");
    }

    private void assertRefused(FineTuning tuning, String... messages) {
        assertThatThrownBy(() -> tuning.run(folder.resolve("refused")))
                .message()
                .contains(messages);
        assertThat(folder.resolve("refused/latents")).doesNotExist();
    }

    @Test
    void badInputIsNamedBeforeAnythingIsEncoded() throws Exception {
        Path data = pictures(6);
        assertRefused(FineTuning.of(model).add(new Modality("shadow", "Shadow")).data(data), "no picture of 'shadow'");
        assertRefused(FineTuning.of(model).add(Modality.DEPTH).data(data), "'depth' occurs twice");
        assertRefused(
                FineTuning.of(model).replace(Modality.NORMAL, CANNY).data(data), "no modality 'normal'", "rgb, depth");
        assertRefused(canny(data).batchSize(64), "'batchSize' is 64", "6 samples");
        assertRefused(
                canny(data)
                        .plan(plan -> plan.withOptimization(plan.optimization().toBuilder()
                                .muon(List.of("nothing"))
                                .build())),
                "'optimization.muon' names 'nothing'");
        assertRefused(canny(folder.resolve("nowhere")), "nowhere is not a folder");
        assertRefused(canny(folder.resolve("model")), "has neither a folder rgb/ nor an index.jsonl");
        assertRefused(FineTuning.of(model).add(CANNY), "a fine-tuning needs pictures");
        RgbImage.of(4, 8, new byte[96]).write(data.resolve("canny/3.png"));
        assertRefused(canny(data), "the pictures of sample '3.png' differ in size", "8x8", "4x8");
        Files.writeString(data.resolve("canny/3.png"), "no picture");
        assertRefused(canny(data), "3.png", "is no picture");
        Files.delete(data.resolve("canny/3.png"));
        canny(data).steps(1).run(folder.resolve("taken"));
        assertThatThrownBy(() -> FineTuning.of(model).data(data).steps(1).run(folder.resolve("taken")))
                .hasMessageContaining("holds another fine-tuning");
        assertThatThrownBy(() -> canny(data).run(model)).hasMessageContaining("holds a model or a training already");
        Files.writeString(folder.resolve("taken/fine-tuning.json"), "{");
        assertThatThrownBy(() -> canny(data).steps(1).run(folder.resolve("taken")))
                .hasMessageContaining("fine-tuning.json is damaged")
                .hasMessageContaining("name another folder, or remove this one");
    }

    @Test
    void aDiskThatIsTooSmallIsNamedBeforeAnythingIsEncoded() {
        FineTuning endless = canny(pictures(8))
                .steps(2_000_000_000L)
                .plan(plan -> plan.toBuilder()
                        .checkpointing(Checkpointing.every(1).withKeep(Integer.MAX_VALUE))
                        .build());
        assertRefused(endless, "the disk of", "MiB left, but this training takes", "of checkpoints and the result");
    }

    @Test
    void aModelIsNotWrittenAmongThePictures() {
        Path data = pictures(6);
        assertThatThrownBy(() -> canny(data).run(data)).hasMessageContaining("is the folder of the pictures");
        assertThatThrownBy(() -> canny(data).run(data.resolve("rgb/model")))
                .hasMessageContaining("lies among the pictures, in " + data.resolve("rgb"));
        assertThat(data.resolve("rgb/model")).doesNotExist();
        assertThat(data.resolve("latents")).doesNotExist();
        assertThat(canny(data).steps(1).run(data.resolve("model")).finished()).isTrue();
    }
}
