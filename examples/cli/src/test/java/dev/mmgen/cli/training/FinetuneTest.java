package dev.mmgen.cli.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.image.RgbImage;
import dev.mmgen.io.LatentNormalizationFile;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.OfficialCheckpoint;
import dev.mmgen.lora.Lora;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.testkit.RandomModel;
import dev.mmgen.testkit.TinyData;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.Trainer;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.batch.LatentsInMemory;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.prepare.LatentStatistics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FinetuneTest {

    @TempDir
    Path folder;

    private TinyData data;
    private Path trained;

    @BeforeEach
    void train() throws Exception {
        data = TinyData.write(folder, "rgb", "depth", "canny");
        trained = folder.resolve("trained.pt");
        TrainingPlan plan = TrainingPlan.parse(TinyData.PLAN);
        try (DiffusionTransformer model = plan.newModel();
                Generator generator = Generator.seeded(1);
                LatentsInMemory none = new LatentsInMemory(
                        new TrainingBatch(Torch.zeros(2, 8, 4, 4), Torch.tensor(new long[] {0, 1}), null), 2, 0)) {
            model.parameters().values().forEach(parameter -> Torch.normal_(parameter.value(), 0, 0.1, generator));
            try (Trainer trainer = new Trainer(plan, model, none)) {
                trainer.save(trained);
            }
        }
    }

    private Path out() {
        return folder.resolve("run");
    }

    private CommandRun finetune(List<String> modalities, Object... more) {
        List<Object> command = data.command("finetune", out(), modalities.toArray(String[]::new));
        command.addAll(List.of("--batch-size", 2, "--precision", "float32"));
        command.addAll(List.of(more));
        if (!command.contains("--steps")) {
            command.addAll(List.of("--steps", 2));
        }
        return CommandRun.of(command.toArray());
    }

    private CommandRun succeed(List<String> modalities, Object... more) {
        CommandRun run = finetune(modalities, more);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run;
    }

    private Path checkpoint(String name) {
        return out().resolve("checkpoints").resolve(name);
    }

    /** Returns the parts of the model that moved, blocks without their number. */
    private Set<String> moved(Path before, Path after, String part) {
        try (PickleCheckpoint from = PickleCheckpoint.open(before);
                PickleCheckpoint to = PickleCheckpoint.open(after);
                StateDict old = from.stateDict(part);
                StateDict now = to.stateDict(part)) {
            return old.keys().stream()
                    .filter(key -> old.shape(key).equals(now.shape(key)))
                    .filter(key ->
                            !Arrays.equals(old.get(key).toFloats(), now.get(key).toFloats()))
                    .map(key -> key.replaceFirst("\\.(weight|bias)$", ""))
                    .collect(Collectors.toSet());
        }
    }

    private TrainingPlan plan(Path checkpoint) {
        try (PickleCheckpoint file = PickleCheckpoint.open(checkpoint)) {
            return TrainingPlan.parse(String.valueOf(((Map<?, ?>) file.value("mmgen")).get("plan")));
        }
    }

    @Test
    void finetuningLearnsToReadPhotos() {
        CommandRun run = succeed(List.of("rgb", "depth"), trained, "--features", data.features());
        Path checkpoint = checkpoint("0000002.pt");
        assertThat(run.out().strip()).isEqualTo(checkpoint.toString());
        TrainingPlan plan = plan(checkpoint);
        assertThat(plan.velocityLoss().conditioning()).isEqualTo(ConditioningRecipe.given(0));
        assertThat(plan.velocityLoss().alignment().weight()).isEqualTo(0.5);
        assertThat(plan.modalities()).containsExactly("rgb", "depth");
        assertThat(plan.checkpointing().every()).isEqualTo(2000);
        assertThat(moved(trained, checkpoint, "model"))
                .contains("blocks.0.attn.qkv", "projectors.0.0", "lis_final_layer.1.linear");
    }

    @Test
    void theRecipeDecidesTheNumberOfSteps() throws Exception {
        succeed(List.of("rgb", "depth"), trained, "--recipe", "released");
        assertThat(plan(checkpoint("0000002.pt")).checkpointing().every()).isEqualTo(1000);
        assertThat(out().resolve("losses.png")).doesNotExist();
        CommandRun again = succeed(List.of("rgb", "depth"), trained, "--steps", 1);
        assertThat(again.err()).contains("nothing is left to do: 2 steps are done");
        Files.writeString(folder.resolve("joint.json"), "{\"loss\": {\"conditioning\": \"released\"}}");
        succeed(List.of("rgb", "depth"), trained, "--plan", folder.resolve("joint.json"), "--steps", 3);
        assertThat(plan(checkpoint("0000003.pt")).checkpointing().every()).isEqualTo(1000);
        succeed(List.of("rgb", "depth"), trained, "--save-every", 1, "--steps", 5);
        assertThat(out().resolve("losses.png")).exists();
    }

    @Test
    void aModalityTakesTheSlotOfAnother() {
        succeed(
                List.of("rgb", "canny"),
                trained,
                "--replace",
                "depth=canny",
                "--lora",
                4,
                "--format",
                "safetensors",
                "--plan",
                data.plan(),
                "--alignment",
                0);
        Path last = checkpoint("0000002");
        assertThat(ModelFolder.open(last).config().modalityNames()).containsExactly("rgb", "canny");
        Path adapter = out().resolve("adapter");
        String json = readString(adapter.resolve("adapter_config.json"));
        assertThat(json).contains("\"modules_to_save\" : [ \"lis_final_layer.1.linear\" ]");
        try (OfficialCheckpoint before = OfficialCheckpoint.open(trained);
                DiffusionTransformer model = before.transformer();
                DiffusionTransformer tuned = ModelFolder.open(last).transformer()) {
            Lora lora = Lora.load(model, adapter);
            lora.merge();
            lora.detach();
            try (StateDict expected = tuned.state();
                    StateDict actual = model.state()) {
                expected.keys()
                        .forEach(key -> assertThat(actual.get(key).toFloats())
                                .as(key)
                                .isEqualTo(expected.get(key).toFloats()));
            }
        }
    }

    @Test
    void aModalityIsAdded() {
        succeed(List.of("rgb", "depth", "canny"), trained, "--add", "canny", "--lora", 2);
        Path checkpoint = checkpoint("0000002.pt");
        TrainingPlan plan = plan(checkpoint);
        assertThat(plan.model().modalities()).isEqualTo(3);
        assertThat(plan.velocityLoss().modalityWeights()).hasSize(3);
        assertThat(plan.velocityLoss().conditioning()).isEqualTo(ConditioningRecipe.released());
        assertThat(plan.checkpointing().every()).isEqualTo(1000);
        try (OfficialCheckpoint official = OfficialCheckpoint.open(checkpoint);
                DiffusionTransformer model = official.transformer()) {
            assertThat(official.config().modalityNames()).containsExactly("rgb", "depth", "canny");
            assertThat(model.config().modalities()).isEqualTo(3);
        }
        // Adapter weights are beside the model; of its own weights only what was widened moves.
        assertThat(moved(trained, checkpoint, "model"))
                .containsExactlyInAnyOrder("x_embedder.proj", "t_embedder.mlp_fused.0");
        assertThat(moved(trained, checkpoint, "ema"))
                .contains("blocks.1.mlp.fc2", "x_embedder.proj")
                .allMatch(key -> key.matches("(blocks\\.\\d\\.(attn|mlp)|x_embedder|t_embedder\\.mlp_fused)\\..*"));
        succeed(List.of("rgb", "depth", "canny"), trained, "--add", "canny", "--lora", 2, "--steps", 3);
        assertThat(checkpoint("0000003.pt")).exists();
    }

    @Test
    void picturesOfAddedModalitiesAreDrawn() throws Exception {
        Path five = Files.createDirectory(folder.resolve("five"));
        data = TinyData.write(five, "rgb", "depth", "canny", "height", "shadow");
        Path autoencoder = RandomModel.make(folder.resolve("random")).resolve("vae");
        succeed(
                List.of("rgb", "depth", "canny", "height", "shadow"),
                trained,
                "--add",
                "canny",
                "--add",
                "height",
                "--add",
                "shadow",
                "--vae",
                autoencoder,
                "--pictures",
                1);
        assertThat(RgbImage.read(out().resolve("samples/samples-0000002.png")))
                .as("four classes of five modalities, 32 pixels each, 2 between")
                .hasToString("RgbImage[172x138]");
    }

    @Test
    void aModelFolderIsABeginningToo() {
        Path statistics = folder.resolve("statistics.json");
        List<Double> row = List.of(0.5, -0.5, 0.25, 1.0);
        LatentNormalizationFile.write(
                statistics,
                new LatentNormalization.Statistics(
                        List.of(row, List.of(9.0, 9.0, 9.0, 9.0)),
                        List.of(List.of(2.0, 3.0, 4.0, 5.0), List.of(1.0, 1.0, 1.0, 1.0))));
        succeed(List.of("rgb", "depth"), trained, "--format", "safetensors", "--statistics", statistics);
        Path first = checkpoint("0000002");
        Path other = folder.resolve("other");
        List<Object> command = new ArrayList<>(data.command("finetune", other, "rgb", "canny"));
        command.addAll(
                List.of(first, "--replace", "depth=canny", "--batch-size", 2, "--steps", 1, "--precision", "float32"));
        CommandRun run = CommandRun.of(command.toArray());
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(plan(other.resolve("checkpoints/0000001.pt")).modalities()).containsExactly("rgb", "canny");
        // The photos' latents stay as the model knows them; those of the edges are brought to unit scale.
        LatentNormalization.Statistics latents =
                (LatentNormalization.Statistics) LatentNormalizationFile.read(other.resolve("latents.json"));
        assertThat(latents.means().getFirst()).isEqualTo(row);
        assertThat(latents.means().getLast())
                .isEqualTo(LatentStatistics.of(List.of(folder.resolve("canny.h5")), 5)
                        .means()
                        .getFirst());
    }

    private static String readString(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void refuse(int code, String message, List<String> modalities, Object... more) {
        CommandRun run = finetune(modalities, more);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(code);
        assertThat(run.errorLines())
                .singleElement()
                .asString()
                .startsWith("mmgen: ")
                .contains(message);
    }

    @Test
    void badInputIsOneLine() throws Exception {
        Path deeper = folder.resolve("deeper.json");
        Files.writeString(deeper, "{\"model\": {\"depth\": 3}}");
        refuse(
                1,
                "trained.pt is of another architecture: 'blocks.2.attn.qkv.weight' is missing",
                List.of("rgb", "depth"),
                trained,
                "--plan",
                deeper);
        refuse(1, "of its settings depth is 2, not 3", List.of("rgb", "depth"), trained, "--plan", deeper);
        refuse(
                2,
                "the model's modalities are rgb, canny, but there are latents of rgb, depth",
                List.of("rgb", "depth"),
                trained,
                "--replace",
                "depth=canny");
        refuse(1, "there is no modality 'normal' here", List.of("rgb", "depth"), trained, "--replace", "normal=canny");
        refuse(1, "'depth' occurs twice", List.of("rgb", "depth", "canny"), trained, "--add", "depth");
        refuse(1, "'rank' is 33", List.of("rgb", "depth"), trained, "--lora", 33);
        refuse(1, "'rank' is 0", List.of("rgb", "depth"), trained, "--lora", 0);
        refuse(2, "give --features FILE", List.of("rgb", "depth"), trained, "--alignment", 0.5);
        refuse(1, "not there.pt", List.of("rgb", "depth"), folder.resolve("not there.pt"));
    }

    @Test
    void helpNamesTheOptions() {
        CommandRun run = CommandRun.of("finetune", "--help");
        assertThat(run.out())
                .startsWith("Usage: mmgen finetune")
                .contains("--replace=OLD=NEW", "--add=NAME", "--lora=RANK", "MODEL", "--index", "--batch-size");
        assertThat(run.out().replaceAll("\\s+", " "))
                .contains("begins a new training, at step 0 with the EMA weights of MODEL and new moments")
                .contains("put the .pt into FOLDER/checkpoints; --steps counts its steps too")
                .contains("In finetune, 600 with --data, else 20000 from one modality to the others, else 5000.")
                .contains("In finetune, 2000 from one modality to the others, else 1000.");
    }
}
