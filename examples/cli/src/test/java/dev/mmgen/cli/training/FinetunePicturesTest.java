package dev.mmgen.cli.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.MmGen;
import dev.mmgen.cli.CommandRun;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.ClasspathModel;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ScalarCoding;
import dev.mmgen.npy.NpyArray;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** README's commands, on folders that {@code shapes render} makes and on the model in the box. */
class FinetunePicturesTest {

    @TempDir
    Path folder;

    private Path index;

    @BeforeEach
    void render() {
        Path pictures = folder.resolve("pictures");
        CommandRun.succeed("shapes", "render", "-o", pictures, "--count", 12, "--threads", 1);
        Path edges = folder.resolve("edges");
        CommandRun.succeed(
                "prepare", "canny", "--index", pictures.resolve("index.jsonl"), "--modality", "canny", "-o", edges);
        index = edges.resolve("index.jsonl");
    }

    @Test
    void oneCommandGoesFromPicturesToAModelFolder() throws Exception {
        Path out = folder.resolve("mmgen-canny");
        CommandRun run = CommandRun.succeed(
                "finetune", "--add", "canny", "--data", index, "-o", out, "--steps", 2, "--threads", 1);
        assertThat(run.out().strip()).isEqualTo(out.toString());
        assertThat(run.err())
                .contains("11 samples to train on, 1 held out; 2 steps of 2", "canny read from held-out photos");
        ModelConfig config = ModelFolder.open(out).config();
        assertThat(config.modalityNames()).containsExactly("rgb", "depth", "normal", "segmentation", "canny");
        assertThat(config.categories()).contains("sphere", "table");
        assertThat(config.reading().sampler()).isEqualTo("direct");
        try (MmGen mmgen = MmGen.open(out)) {
            RgbImage photo = RgbImage.read(folder.resolve("pictures/rgb/00000/00000003.png"));
            assertThat(mmgen.understand(photo)
                            .run()
                            .get(Modality.named("canny"))
                            .width())
                    .isEqualTo(128);
        }
        CommandRun again = CommandRun.succeed(
                "finetune", "--add", "canny", "--data", index, "-o", out, "--steps", 2, "--threads", 1);
        assertThat(again.err()).contains("nothing is left to do: 2 steps are done");
        CommandRun other = CommandRun.of("finetune", "--data", index, "-o", out, "--steps", 2, "--threads", 1);
        assertThat(other.exitCode()).isEqualTo(1);
        assertThat(other.errorLines()).singleElement().asString().contains("holds another fine-tuning");
        assertThat(Files.readString(out.resolve("README.md"))).contains("canny was added");
    }

    @Test
    void twoProcessesLeaveTheModelFolderOfOne() throws Exception {
        Path out = folder.resolve("by-two");
        Object[] words = {"finetune", "--add", "canny", "--data", index, "-o", out, "--steps", 2, "--threads", 1};
        CommandRun.succeed(Stream.concat(Stream.of("launch", "-n", 2, "--"), Stream.of(words))
                .toArray());
        assertThat(ModelFolder.open(out).config().modalityNames()).contains("canny");
        assertThat(Files.readAllLines(out.resolve("metrics.csv"))).hasSize(3);
        assertThat(TrainingPlan.read(out.resolve("plan.json")).gradientAccumulation())
                .isEqualTo(2);
        assertThat(CommandRun.succeed(words).err()).contains("nothing is left to do: 2 steps are done");
    }

    @Test
    void thePrintedPlanIsReadAgain() throws Exception {
        CommandRun printed = CommandRun.succeed(
                "finetune", "--add", "canny", "--data", index, "--print-plan", "--lr", "1e-3", "--batch", 4);
        Path plan = Files.writeString(folder.resolve("plan.json"), printed.out());
        assertThat(TrainingPlan.read(plan).optimization().learningRate()).isEqualTo(1e-3);
        assertThat(TrainingPlan.read(plan).batchSize()).isEqualTo(4);
        assertThat(printed.out()).contains("// the highest rate (official: 1.0E-4)");
        CommandRun again =
                CommandRun.succeed("finetune", "--add", "canny", "--data", index, "--print-plan", "--plan", plan);
        assertThat(again.out()).isEqualTo(printed.out());
    }

    @Test
    void convertKeepsWhatTheModelWasBefore() {
        try (ClasspathModel box = ClasspathModel.open("mmgen-model-shapes")) {
            Path vae = box.folder().resolve("vae");
            Path run = folder.resolve("run");
            CommandRun.succeed(
                    "finetune",
                    "--add",
                    "canny",
                    "--index",
                    index,
                    "--vae",
                    vae,
                    "-o",
                    run,
                    "--steps",
                    1,
                    "--pictures",
                    0,
                    "--threads",
                    1);
            Path converted = folder.resolve("converted");
            CommandRun.succeed("convert", run.resolve("checkpoints/0000001.pt"), "--vae", vae, "-o", converted);
            ModelConfig before = ModelFolder.open(box.folder()).config();
            ModelConfig after = ModelFolder.open(converted).config();
            assertThat(after.categories()).isEqualTo(before.categories());
            assertThat(after.sampling()).isEqualTo(before.sampling());
            assertThat(after.reading()).isEqualTo(before.reading());
            assertThat(((LatentNormalization.Statistics) after.latents())
                            .means()
                            .subList(0, 4))
                    .isEqualTo(((LatentNormalization.Statistics) before.latents()).means());
            Path shorter = folder.resolve("shorter");
            CommandRun.succeed(
                    "convert",
                    run.resolve("checkpoints/0000001.pt"),
                    "--vae",
                    vae,
                    "-o",
                    shorter,
                    "--reading-steps",
                    3);
            assertThat(ModelFolder.open(shorter).config().reading())
                    .isEqualTo(before.reading().withSteps(3));
        }
    }

    @Test
    void latentsHaveTheSizeOfTheAutoencoder() {
        try (ClasspathModel box = ClasspathModel.open("mmgen-model-shapes")) {
            Path vae = box.folder().resolve("vae");
            Path latents = folder.resolve("latents");
            CommandRun.succeed("prepare", "latents", "--index", index, "--vae", vae, "-o", latents, "--threads", 1);
            assertThat(CommandRun.succeed("prepare", "latents", "--index", index, "--vae", vae, "-o", latents)
                            .err())
                    .contains("canny.h5 is complete already");
            CommandRun other =
                    CommandRun.of("prepare", "latents", "--index", index, "--vae", vae, "-o", latents, "--size", 32);
            assertThat(other.errorLines())
                    .singleElement()
                    .asString()
                    .contains("is there already, but holds [8, 16, 16, 2], not latents of 4x4");
        }
    }

    @Test
    void anIndexNumbersClassesAsTheModelDoes() throws Exception {
        Path photos = folder.resolve("classes/rgb");
        RgbImage.of(4, 4, new byte[48]).write(photos.resolve("table/1.png"));
        RgbImage.of(4, 4, new byte[48]).write(photos.resolve("Cube/1.png"));
        Path listed = folder.resolve("listed.jsonl");
        CommandRun.succeed("prepare", "index", "--images", "rgb=" + photos, "--model", MmGen.SHAPES, "-o", listed);
        assertThat(JsonlIndex.read(listed).entries())
                .extracting(IndexEntry::label)
                .containsExactly(1, 9);
    }

    @Test
    void numbersAndTheirRangeAreAsked() throws Exception {
        Path data = folder.resolve("pictures");
        Path out = folder.resolve("mmgen-height");
        for (String key : Files.readAllLines(index).stream()
                .map(line -> line.replaceAll(".*(00000/\\d+)\\.png.*", "$1"))
                .toList()) {
            float[] metres = new float[128 * 128];
            for (int i = 0; i < metres.length; i++) {
                metres[i] = 0.1f + i / 4000f;
            }
            Path file = data.resolve("height").resolve(key + ".npy");
            Files.createDirectories(file.getParent());
            NpyArray.of(metres, 128, 128).write(file);
        }
        CommandRun.succeed(
                "finetune",
                "--add",
                "height",
                "--data",
                data,
                "-o",
                out,
                "--steps",
                1,
                "--range",
                "0.1:5",
                "--mapping",
                "log",
                "--unit",
                "m",
                "--threads",
                1);
        ScalarCoding coding = ScalarCoding.of(0.1, 5)
                .withMapping(ScalarCoding.Mapping.LOGARITHMIC)
                .withUnit("m");
        assertThat(ModelFolder.open(out).config().codings()).containsEntry("height", coding);
        Path photo = data.resolve("rgb/00000/00000003.png");
        CommandRun.succeed(
                "understand", photo, "--model", out, "-o", folder.resolve("read"), "--raw", "npy", "--threads", 1);
        try (Stream<Path> read = Files.walk(folder.resolve("read"))) {
            Path height = read.filter(file -> file.toString().endsWith(".height.npy"))
                    .findFirst()
                    .orElseThrow();
            assertThat(NpyArray.read(height).shape()).containsExactly(128L, 128L);
            assertThat(Arrays.stream(NpyArray.read(height).toDoubles()).boxed())
                    .allMatch(metres -> metres > 0.0999 && metres < 5.0001);
        }
    }

    @Test
    void rangesAndPalettesThatSayNothingAreOneLine() {
        for (Object[] wrong : new Object[][] {
            {"--range is 5; it must be two numbers", "--range", "5"},
            {"--range has 'x' in place of a number", "--range", "x:1"},
            {"both ends must be above 0", "--range", "0:1", "--mapping", "log"},
            {"--mapping is cubic; it must be linear, inverse or log", "--range", "1:2", "--mapping", "cubic"},
            {"need --range BLACK:WHITE", "--unit", "m"},
            {"--palette has 'red' in place of a colour", "--palette", "red,00ff00"},
            {"not both", "--palette", "000000,00ff00", "--range", "0:1"}
        }) {
            Object[] words = Stream.concat(
                            Stream.of("finetune", "--add", "canny", "--data", index, "-o", folder.resolve("x")),
                            Arrays.stream(wrong).skip(1))
                    .toArray();
            CommandRun run = CommandRun.of(words);
            assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
            assertThat(run.err()).contains((String) wrong[0]);
        }
    }

    @Test
    void badInputIsOneLine() {
        CommandRun nothing = CommandRun.of("finetune", "--add", "canny", "-o", folder.resolve("x"));
        assertThat(nothing.exitCode()).isEqualTo(2);
        assertThat(nothing.err()).contains("Name the pictures: --data FOLDER");
        CommandRun shadow = CommandRun.of("finetune", "--add", "shadow", "--data", index, "-o", folder.resolve("x"));
        assertThat(shadow.errorLines())
                .singleElement()
                .asString()
                .contains("there is no picture of 'shadow' for any of the 12 samples");
        assertThat(folder.resolve("x")).doesNotExist();
    }
}
