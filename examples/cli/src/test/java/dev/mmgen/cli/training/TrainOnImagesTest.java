package dev.mmgen.cli.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.cli.TinyPictures;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.io.LatentNormalizationFile;
import dev.mmgen.testkit.OneThread;
import dev.mmgen.testkit.TinyData;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.prepare.LatentStatistics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Training on images that are encoded as they are needed. */
@ExtendWith(OneThread.class)
class TrainOnImagesTest {

    private static final String ALIGNED = TinyData.PLAN.replace("\"projections\": [16]", "\"projections\": [64]");

    @TempDir
    private Path folder;

    private TinyPictures images;
    private long tensors;

    @BeforeEach
    void write() throws Exception {
        tensors = Torch.liveTensors();
        images = TinyPictures.write(folder, "rgb", "depth", "mask");
        Files.writeString(folder.resolve("plan.json"), ALIGNED);
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(Torch.liveTensors()).isEqualTo(tensors);
    }

    private Path checkpoint(String run, int step) {
        return folder.resolve(run).resolve("checkpoints").resolve(String.format(Locale.ROOT, "%07d.pt", step));
    }

    private CommandRun train(String run, Object... options) {
        List<Object> command = new ArrayList<>(List.of(
                "train",
                "--plan",
                folder.resolve("plan.json"),
                "--index",
                images.index(),
                "--out",
                folder.resolve(run),
                "--threads",
                1));
        command.addAll(List.of(options));
        return CommandRun.of(command.toArray());
    }

    private void succeed(String run, Object... options) {
        CommandRun result = train(run, options);
        assertThat(result.exitCode()).as(result.err()).isZero();
    }

    @Test
    void weightsAreThoseOfTrainingOnFiles() {
        Path tokens = folder.resolve("tokens.h5");
        CommandRun.succeed(
                "prepare",
                "features",
                "--index",
                images.index(),
                "--weights",
                images.dino(),
                "--size",
                28,
                "--batch",
                1,
                "--threads",
                1,
                "--out",
                tokens);
        succeed(
                "files",
                "--moments",
                "rgb=" + images.moments("rgb"),
                "--moments",
                "depth=" + images.moments("depth"),
                "--features",
                tokens);
        succeed("images", "--vae", images.autoencoder(), "--dino", images.dino());
        assertThat(checkpoint("images", 3)).hasSameBinaryContentAs(checkpoint("files", 3));
    }

    @Test
    void aResumedRunIsExact() {
        Object[] options = {"--vae", images.autoencoder(), "--dino", images.dino(), "--steps"};
        succeed("whole", with(options, 5));
        succeed("parts", with(options, 3));
        succeed("parts", with(options, 5));
        assertThat(checkpoint("parts", 5)).hasSameBinaryContentAs(checkpoint("whole", 5));
    }

    private static Object[] with(Object[] options, int steps) {
        List<Object> all = new ArrayList<>(List.of(options));
        all.add(steps);
        return all.toArray();
    }

    @Test
    void drawsSamplesWithTheAutoencoderThatEncodes() {
        succeed("run", "--vae", images.autoencoder(), "--alignment", 0, "--pictures", 2);
        assertThat(folder.resolve("run/samples/samples-0000002.png")).exists();
    }

    @Test
    void badSamplesAreSkippedUpToALimit() throws Exception {
        Path gone = folder.resolve("depth/2.png");
        Files.delete(gone);
        Files.writeString(folder.resolve("rgb/4.png"), "no picture");
        CommandRun run = train("run", "--vae", images.autoencoder(), "--alignment", 0, "--bad-samples", 2);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err())
                .contains("2 samples were skipped:")
                .contains("  2.png: sample '2.png': cannot read image " + gone)
                .contains("  4.png: sample '4.png': cannot read image " + folder.resolve("rgb/4.png"));
        CommandRun refused = train("other", "--vae", images.autoencoder(), "--alignment", 0, "--bad-samples", 1);
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.errorLines().getLast())
                .contains("2 samples cannot be read, over the limit of 1; the last one: ");
    }

    @Test
    void latentsOfAnotherSizeAreRefusedBeforeTrainingBegins() throws Exception {
        Files.writeString(folder.resolve("plan.json"), ALIGNED.replace("\"inputSize\": 4", "\"inputSize\": 8"));
        Path photos = images.moments("rgb");
        refuse(
                1,
                "the first 5 samples are all bad, and training needs 2 modalities of 4x8x8 each; sample 1: " + photos
                        + " holds [4, 4, 4, 2] for sample '0.png', but [4, 8, 8, 2] is expected",
                "--moments",
                "rgb=" + photos,
                "--moments",
                "depth=" + images.moments("depth"),
                "--alignment",
                0);
        assertThat(folder.resolve("run")).doesNotExist();
    }

    @Test
    void finetuneMeasuresTheImagesOfANewModality() {
        Path statistics = folder.resolve("statistics.json");
        List<Double> known = List.of(0.1, 0.2, 0.3, 0.4);
        LatentNormalizationFile.write(
                statistics, new LatentNormalization.Statistics(List.of(known, known), List.of(known, known)));
        succeed(
                "base",
                "--vae",
                images.autoencoder(),
                "--alignment",
                0,
                "--format",
                "safetensors",
                "--statistics",
                statistics);
        CommandRun.succeed(
                "finetune",
                folder.resolve("base/checkpoints/0000003"),
                "--replace",
                "depth=segmentation",
                "--index",
                images.index(),
                "--vae",
                images.autoencoder(),
                "--out",
                folder.resolve("tuned"),
                "--batch-size",
                2,
                "--steps",
                1,
                "--precision",
                "float32",
                "--threads",
                1,
                "--pictures",
                0);
        assertThat(checkpoint("tuned", 1)).exists();
        var measured =
                (LatentNormalization.Statistics) LatentNormalizationFile.read(folder.resolve("tuned/latents.json"));
        assertThat(measured.means().getFirst()).isEqualTo(known);
        assertThat(measured.deviations().getLast())
                .isEqualTo(LatentStatistics.of(List.of(images.moments("mask")), 5)
                        .deviations()
                        .getFirst());
    }

    @Test
    void aModelThatIsTrainedFurtherKeepsTheNormalisationOfItsLatents() throws Exception {
        Path statistics = folder.resolve("statistics.json");
        List<Double> known = List.of(0.1, 0.2, 0.3, 0.4);
        LatentNormalizationFile.write(
                statistics, new LatentNormalization.Statistics(List.of(known, known), List.of(known, known)));
        succeed("base", "--vae", images.autoencoder(), "--alignment", 0, "--statistics", statistics);
        Path first = folder.resolve("base/checkpoints/0000003.pt");
        succeed("further", "--vae", images.autoencoder(), "--alignment", 0, "--from", first);
        assertThat(folder.resolve("further/latents.json")).hasSameTextualContentAs(statistics);
    }

    @Test
    void missingInputIsOneLine() throws Exception {
        refuse(2, "Give --latents MODALITY=FILE for each modality, or --vae FOLDER to encode the index's images");
        refuse(2, "The plan aligns representations: give --dino FILE, or --alignment 0", "--vae", images.autoencoder());
        Files.writeString(folder.resolve("plan.json"), TinyData.PLAN);
        refuse(
                1,
                "the tokens of DINOv2 are 64 wide, but the plan's model.projections is [16]",
                "--vae",
                images.autoencoder(),
                "--dino",
                images.dino());
        Files.writeString(
                folder.resolve("plan.json"),
                ALIGNED.replace("\"inputSize\": 4", "\"inputSize\": 4, \"latentChannels\": 8"));
        refuse(
                1,
                "the autoencoder's latents have 4 channels, but the plan's model.latentChannels is 8",
                "--vae",
                images.autoencoder(),
                "--dino",
                images.dino());
        Files.writeString(folder.resolve("plan.json"), "{}");
        refuse(
                1,
                "the model's modalities are rgb, depth, normal, segmentation, but " + images.index()
                        + " names images of rgb, depth, mask alone; for fewer modalities, write into the plan"
                        + " \"model\": {\"modalities\": 3}, \"loss\": {\"modalityWeights\": [1.0, 0.2, 0.1]}",
                "--vae",
                images.autoencoder(),
                "--alignment",
                0);
        assertThat(folder.resolve("run")).doesNotExist();
    }

    private void refuse(int code, String message, Object... options) {
        CommandRun run = train("run", options);
        assertThat(run.errorLines())
                .singleElement()
                .asString()
                .startsWith("mmgen: ")
                .contains(message);
        assertThat(run.exitCode()).isEqualTo(code);
    }
}
