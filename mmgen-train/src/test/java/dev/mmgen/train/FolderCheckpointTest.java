package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.OfficialCheckpoint;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFileException;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.checkpoint.CheckpointException;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.data.LoaderPosition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class FolderCheckpointTest {

    private static final TrainingPlan PLAN = TinyTraining.PLAN
            .withModalities(List.of("rgb", "depth", "normal", "canny"))
            .withCheckpointing(Checkpointing.every(2).withKeep(1).withFormat(Checkpointing.Format.SAFETENSORS));

    @TempDir
    Path folder;

    private Path written(TrainingPlan plan, int steps) {
        Path path = folder.resolve("0000001" + (plan.checkpointing().format() == Checkpointing.Format.PT ? ".pt" : ""));
        TinyTraining.withTrainer(plan, trainer -> {
            for (int i = 0; i < steps; i++) {
                trainer.step();
            }
            trainer.save(path);
        });
        return path;
    }

    @Test
    void theEmaWeightsAreAModelFolder() {
        Path path = written(PLAN, 2);
        assertThat(ModelFolder.open(path).config().modalityNames()).containsExactly("rgb", "depth", "normal", "canny");
        try (DiffusionTransformer model = ModelFolder.open(path).transformer();
                StateDict weights = model.state();
                OfficialCheckpoint official = OfficialCheckpoint.open(
                        written(PLAN.withCheckpointing(Checkpointing.every(2).withKeep(1)), 2));
                StateDict expected = official.weights(false)) {
            assertThat(official.config().modalityNames()).containsExactly("rgb", "depth", "normal", "canny");
            expected.asMap()
                    .forEach((key, value) ->
                            assertThat(weights.get(key).toFloats()).as(key).isEqualTo(value.toFloats()));
        }
    }

    @Test
    void eachFormGoesOnFromTheOther() throws Exception {
        TrainingPlan adapter = PLAN.withLora(LoraConfig.DEFAULT.withRank(4).withAlpha(4));
        for (TrainingPlan plan : List.of(PLAN, adapter)) {
            TrainingPlan pt = plan.withCheckpointing(Checkpointing.every(2).withKeep(1));
            Path fromFile = Files.createDirectories(folder.resolve("file")).resolve("x");
            Path fromFolder = Files.createDirectories(folder.resolve("folder")).resolve("x");
            Path file = written(pt, 2);
            Path other = written(plan, 2);
            TinyTraining.withTrainer(plan, trainer -> {
                trainer.restore(file);
                assertThat(trainer.stepsMade()).isEqualTo(2);
                trainer.step();
                trainer.save(fromFile);
            });
            TinyTraining.withTrainer(plan, trainer -> {
                trainer.restore(other);
                trainer.step();
                trainer.save(fromFolder);
            });
            for (String name : List.of("config.json", "model.safetensors", "training.json", "training.safetensors")) {
                assertThat(fromFile.resolve(name)).hasSameBinaryContentAs(fromFolder.resolve(name));
            }
        }
    }

    @Test
    void aFolderHoldsTheLatestOnlyAndNoRest() throws Exception {
        try (DiffusionTransformer model = PLAN.newModel();
                BatchSource batches = TinyTraining.batches(PLAN);
                Trainer trainer = new Trainer(PLAN, model, batches);
                TrainingRun run = TrainingRun.open(folder, trainer)) {
            run.train();
            assertThat(run.folder().latest()).contains(folder.resolve("checkpoints/0000006"));
        }
        try (var files = Files.list(folder.resolve("checkpoints"))) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactly("0000006");
        }
    }

    private void assertRefused(Path path, TrainingPlan plan, String... messages) {
        TinyTraining.withTrainer(
                plan,
                trainer -> assertThatExceptionOfType(RuntimeException.class)
                        .isThrownBy(() -> trainer.restore(path))
                        .matches(e -> e instanceof CheckpointException || e instanceof WeightFileException)
                        .satisfies(e -> assertThat(e.getMessage()).contains(messages)));
    }

    @Test
    void wrongContentIsNamed() throws Exception {
        Path path = written(PLAN, 1);
        assertRefused(
                path,
                TinyTraining.PLAN.withLora(LoraConfig.DEFAULT.withRank(2).withAlpha(2)),
                "lora.rank is absent, not 2");
        Path settings = path.resolve("training.json");
        String json = Files.readString(settings);
        Files.writeString(settings, json.replace("\"epoch\" : 0", "\"epoch\" : -1"));
        assertRefused(path, PLAN, "training.json", "'epoch' of -1");
        Files.writeString(settings, json.replace("\"format\" : 1", "\"format\" : 2"));
        assertRefused(path, PLAN, "training.json has 'format' 2");
        Files.writeString(settings, json.substring(0, json.length() / 2));
        assertRefused(path, PLAN, "training.json is not JSON");
        Files.writeString(settings, json.replace("\"goodSteps\" : 0", "\"goodSteps\" : 99999999999"));
        assertRefused(path, PLAN, "training.json has 'goodSteps' of 99999999999; it must be a whole number from 0");
        Files.writeString(settings, json.replace("\"epoch\" : 0", "\"epoch\" : 99999999999"));
        assertRefused(path, PLAN, "training.json has 'epoch' of 99999999999");
        Files.writeString(settings, json.replaceFirst("\"batchSize\" : 4", "\"batchSize\" : 0"));
        assertRefused(path, PLAN, "training.json has 'batchSize' of 0; it must be a whole number from 1");
        Files.writeString(settings, json.replace("\"steps\" : 1,", "\"steps\" : 1e40,"));
        assertRefused(path, PLAN, "training.json has 'steps' of 1.0E40");
        Files.writeString(settings, json);
        Files.write(path.resolve("training.safetensors"), new byte[100]);
        assertRefused(path, PLAN, "training.safetensors");
        Files.delete(path.resolve("model.safetensors"));
        assertRefused(path, PLAN, "safetensors");
    }

    @Test
    void aPlaceOfUnknownBatchesIsTakenAsItIs() throws Exception {
        Path path = written(PLAN, 1);
        Path settings = path.resolve("training.json");
        String json = Files.readString(settings);
        assertThat(json).contains("\"samples\" : 10,").contains("\"batchSize\" : 4,");
        Files.writeString(settings, json.replace("\"samples\" : 10,", "").replaceFirst("\"batchSize\" : 4,", ""));
        TinyTraining.withTrainer(PLAN.withBatches(2, 1), trainer -> {
            trainer.restore(path);
            assertThat(trainer.position()).isEqualTo(new LoaderPosition(0, 1));
        });
        Files.writeString(settings, json.replace("\"samples\" : 10,", "\"samples\" : 0,"));
        assertRefused(path, PLAN, "training.json has 'samples' of 0; it must be a whole number from 1");
    }

    @Test
    void namesFitTheModel() {
        assertThat(TinyTraining.PLAN.modalityNames()).containsExactly("rgb", "depth", "normal", "segmentation");
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> TrainingPlan.parse("{\"modalities\": [\"rgb\"]}"))
                .withMessageContaining("'modalities' is [rgb]; it must be empty, or name the model's 4");
        assertThat(TrainingPlan.parse("{\"checkpointing\": {\"format\": \"SAFETENSORS\"}}")
                        .checkpointing()
                        .format())
                .isEqualTo(Checkpointing.Format.SAFETENSORS);
    }
}
