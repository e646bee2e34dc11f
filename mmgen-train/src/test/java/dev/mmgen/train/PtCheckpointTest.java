package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.Goldens;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.io.OfficialArguments;
import dev.mmgen.io.OfficialCheckpoint;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.json.Json;
import dev.mmgen.torch.optim.GradScaler;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.TensorInfo;
import dev.mmgen.torch.weights.WeightFileException;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.batch.LatentsInMemory;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.checkpoint.CheckpointException;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.data.LoaderPosition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(TensorLeakCheck.class)
class PtCheckpointTest {

    private static final GradScaler.State FIRST_SCALE = new GradScaler.State(GradScaler.Settings.DEFAULT.first(), 0);

    @TempDir
    Path folder;

    private Path written(TrainingPlan plan, int steps) {
        Path file = folder.resolve("written.pt");
        TinyTraining.withTrainer(plan, trainer -> {
            for (int i = 0; i < steps; i++) {
                trainer.step();
            }
            trainer.save(file);
        });
        return file;
    }

    @Test
    void readsWhatTheReferenceWroteAndWritesItAlike() {
        assumeThat(Goldens.has("checkpoint"))
                .as("checkpoints, too large for the test resources, were recorded")
                .isTrue();
        Goldens goldens = Goldens.folder("checkpoint");
        goldens.manifest().get("files").properties().forEach(recording -> {
            JsonNode config = recording.getValue().get("model_config");
            if (config != null && recording.getKey().endsWith(".pt")) {
                checkOfficial(
                        goldens.path(recording.getKey()),
                        config,
                        recording.getValue().get("steps").asInt());
            }
        });
    }

    @SuppressWarnings("unchecked")
    private void checkOfficial(Path official, JsonNode config, int steps) {
        Map<String, Object> arguments = Json.COMPACT.read(config, Map.class);
        TransformerConfig model = OfficialArguments.of(arguments).transformer();
        Path copy = folder.resolve("copy.pt");
        TinyTraining.withTrainer(TinyTraining.PLAN.withModel(model), trainer -> {
            trainer.restore(official);
            assertThat(trainer.stepsMade()).isEqualTo(steps);
            assertThat(trainer.position()).isEqualTo(LoaderPosition.START);
            trainer.save(copy);
        });
        goesOnAsTheReferenceDoes(official, TinyTraining.PLAN.withModel(model).withSteps(steps + 1), steps);
        try (PickleCheckpoint expected = PickleCheckpoint.open(official);
                PickleCheckpoint actual = PickleCheckpoint.open(copy)) {
            for (String part : List.of("model", "ema")) {
                assertThat(actual.infos(part).keySet())
                        .containsExactlyElementsOf(expected.infos(part).keySet());
                assertSame(new Part(actual, actual.value(part)), new Part(expected, expected.value(part)), part);
            }
            Map<?, ?> expectedOptimizer = (Map<?, ?>) expected.value("opt");
            Map<?, ?> actualOptimizer = (Map<?, ?>) actual.value("opt");
            assertThat(expectedOptimizer).isNotNull();
            assertThat(actualOptimizer).isNotNull();
            assertSame(
                    new Part(actual, actualOptimizer.get("state")),
                    new Part(expected, expectedOptimizer.get("state")),
                    "opt");
            Map<?, ?> group = (Map<?, ?>) ((List<?>) actualOptimizer.get("param_groups")).getFirst();
            Map<?, ?> expectedGroup = (Map<?, ?>) ((List<?>) expectedOptimizer.get("param_groups")).getFirst();
            assertThat(group.get("params")).isEqualTo(expectedGroup.get("params"));
            assertThat(group.keySet()).isEqualTo(expectedGroup.keySet());
        }
    }

    /** Placed among the checkpoints of a run, an official one is gone on from: step number, averages and moments too. */
    private void goesOnAsTheReferenceDoes(Path official, TrainingPlan plan, int steps) {
        Path run = folder.resolve("run-" + official.getFileName());
        try {
            Files.createDirectories(run.resolve("checkpoints"));
            Files.copy(official, run.resolve("checkpoints").resolve("0000002.pt"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<Long> made = new ArrayList<>();
        TinyTraining.withTrainer(plan, trainer -> {
            try (TrainingRun<StepReport> begun = TrainingRun.open(run, trainer);
                    StateDict averages = trainer.ema().state();
                    StateDict moments = trainer.update().optimizer().state();
                    PickleCheckpoint file = PickleCheckpoint.open(official);
                    StateDict expected = file.stateDict("ema")) {
                assertThat(begun.resumedAt()).isEqualTo(steps);
                averages.keys()
                        .forEach(key -> assertThat(averages.get(key).toFloats())
                                .as(key)
                                .isEqualTo(expected.get(key).toFloats()));
                assertThat(moments.keys()).isNotEmpty();
                begun.onStep(report -> made.add(report.step())).train();
            }
        });
        assertThat(made).containsExactly(steps + 1L);
    }

    /** A value within a checkpoint. */
    private record Part(PickleCheckpoint file, Object value) {

        Part of(Object key) {
            return new Part(file, ((Map<?, ?>) value).get(key));
        }

        Tensor tensor() {
            return file.tensor((TensorInfo) value);
        }
    }

    private static void assertSame(Part actual, Part expected, String place) {
        if (expected.value instanceof TensorInfo) {
            assertThat(actual.value).as(place).isInstanceOf(TensorInfo.class);
            try (Tensor left = actual.tensor();
                    Tensor right = expected.tensor()) {
                assertThat(left.shape()).as(place).isEqualTo(right.shape());
                assertThat(left.toFloats()).as(place).isEqualTo(right.toFloats());
            }
            return;
        }
        assertThat(expected.value).as(place).isInstanceOf(Map.class);
        Set<?> keys = ((Map<?, ?>) expected.value).keySet();
        assertThat(((Map<?, ?>) actual.value).keySet()).as(place).isEqualTo(keys);
        keys.forEach(key -> assertSame(actual.of(key), expected.of(key), place + "." + key));
    }

    @Test
    void pipelinesReadItsEmaAsAnOfficialCheckpoint() {
        try (OfficialCheckpoint official = OfficialCheckpoint.open(written(TinyTraining.PLAN, 2));
                DiffusionTransformer transformer = official.transformer()) {
            assertThat(transformer.config()).isEqualTo(TinyTraining.MODEL.withoutProjectors());
        }
    }

    /** All precisions and forms; in float16, steps after the break are left out, or the loss scale is about to grow. */
    private static Stream<Arguments> breaks() {
        GradScaler.Settings scaling = GradScaler.Settings.DEFAULT;
        return Stream.of(Checkpointing.Format.values())
                .flatMap(format -> Stream.of(
                        Arguments.of(Precision.FLOAT32, format, FIRST_SCALE, FIRST_SCALE),
                        Arguments.of(Precision.BFLOAT16, format, FIRST_SCALE, FIRST_SCALE),
                        Arguments.of(
                                Precision.FLOAT16,
                                format,
                                new GradScaler.State(0x1p100, 7),
                                new GradScaler.State(0x1p97, 0)),
                        Arguments.of(
                                Precision.FLOAT16,
                                format,
                                new GradScaler.State(scaling.first(), scaling.interval() - 2),
                                new GradScaler.State(scaling.first() * scaling.growth(), 1))));
    }

    @ParameterizedTest
    @MethodSource("breaks")
    void goesOnAsIfNothingHadHappened(
            Precision precision, Checkpointing.Format format, GradScaler.State before, GradScaler.State after)
            throws IOException {
        TrainingPlan plan = TinyTraining.PLAN
                .withBatches(4, 2)
                .withPrecision(precision)
                .withCheckpointing(TinyTraining.PLAN.checkpointing().withFormat(format));
        // A .pt archive's inner folder is named like the file.
        Path whole = Files.createDirectory(folder.resolve("whole")).resolve(format.fileName("0000006"));
        Path resumed = Files.createDirectory(folder.resolve("resumed")).resolve(format.fileName("0000006"));
        Path half = folder.resolve(format.fileName("0000003"));
        TinyTraining.withTrainer(plan, trainer -> {
            steps(trainer);
            trainer.update().scaler().load(before);
            trainer.save(half);
            List<Boolean> skipped = steps(trainer);
            assertThat(skipped).containsOnly(before.scale() > FIRST_SCALE.scale());
            assertThat(trainer.update().scaler().state()).isEqualTo(after);
            trainer.save(whole);
        });
        TinyTraining.withTrainer(plan, trainer -> {
            trainer.restore(half);
            steps(trainer);
            trainer.save(resumed);
        });
        TrainingRunTest.assertSame(resumed, whole);
    }

    /** Makes three steps and returns which were left out. */
    private static List<Boolean> steps(Trainer trainer) {
        return IntStream.range(0, 3).mapToObj(_ -> trainer.step().skipped()).toList();
    }

    @ParameterizedTest
    @EnumSource
    void otherBatchesGoOnAtTheSameSample(Checkpointing.Format format) {
        TrainingPlan plan = TinyTraining.PLAN.withCheckpointing(
                TinyTraining.PLAN.checkpointing().withFormat(format));
        Path path = folder.resolve("written");
        TinyTraining.withTrainer(plan, trainer -> {
            trainer.step();
            trainer.save(path);
        });
        TinyTraining.withTrainer(plan.withBatches(4, 2), trainer -> {
            trainer.restore(path);
            assertThat(trainer.position()).isEqualTo(new LoaderPosition(0, 2));
            trainer.step();
            assertThat(trainer.position()).isEqualTo(new LoaderPosition(0, 4));
        });
    }

    @Test
    void otherSamplesAreRefused() {
        Path file = written(TinyTraining.PLAN, 1);
        try (DiffusionTransformer model = TinyTraining.PLAN.newModel();
                BatchSource fewer = new LatentsInMemory(
                        new TrainingBatch(Torch.zeros(9, 16, 4, 4), Torch.tensor(new long[9]), null), 4, 0);
                Trainer trainer = new Trainer(TinyTraining.PLAN, model, fewer)) {
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> trainer.restore(file))
                    .withMessageContaining(
                            file + " cannot be resumed: it was written within an epoch of 10 samples, but now"
                                    + " there are 9");
        }
    }

    @Test
    void anotherArchitectureIsNamedByKeyAndSetting() {
        Path file = written(TinyTraining.PLAN, 1);
        TransformerConfig deeper =
                TinyTraining.MODEL.toBuilder().depth(3).projectorWidth(64).build();
        TinyTraining.withTrainer(
                TinyTraining.PLAN.withModel(deeper),
                trainer -> assertThatExceptionOfType(CheckpointException.class)
                        .isThrownBy(() -> trainer.restore(file))
                        .withMessageContaining("'blocks.2.attn.qkv.weight' is missing")
                        .withMessageContaining("depth is 2, not 3")
                        .withMessageContaining("projectorWidth is 32, not 64"));
    }

    @Test
    void weightsAloneAreNoCheckpoint() {
        Path file = folder.resolve("weights.pt");
        TinyTraining.withTrainer(TinyTraining.PLAN, trainer -> {
            try (StateDict weights = trainer.model().state()) {
                PickleCheckpoint.write(file, Map.of("model", weights));
            }
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> trainer.restore(file))
                    .withMessageContaining("has no 'ema', only [model]");
        });
    }

    /** The checksum of each storage is in the archive; without it the bit would train on. */
    @Test
    void aFlippedBitIsNamedAtResume() throws Exception {
        Path file = folder.resolve("0000001.pt");
        TinyTraining.withTrainer(TinyTraining.PLAN, trainer -> trainer.save(file));
        byte[] bytes = Files.readAllBytes(file);
        try (PickleCheckpoint checkpoint = PickleCheckpoint.open(file)) {
            TensorInfo info = checkpoint.infos("model").get("blocks.0.mlp.fc1.weight");
            bytes[Math.toIntExact(info.byteOffset()) + 5] ^= 1;
        }
        Files.write(file, bytes);
        TinyTraining.withTrainer(
                TinyTraining.PLAN,
                trainer -> assertThatExceptionOfType(WeightFileException.class)
                        .isThrownBy(() -> trainer.restore(file))
                        .withMessageContaining("'blocks.0.mlp.fc1.weight': its numbers do not have the checksum"));
    }

    @Test
    void strangeOptimizersAndPlacesAreRefused() {
        Path file = folder.resolve("strange.pt");
        TinyTraining.withTrainer(TinyTraining.PLAN, trainer -> {
            try (StateDict weights = trainer.model().state()) {
                Map<String, Object> root = new LinkedHashMap<>();
                root.put("model", weights);
                root.put("ema", weights);
                root.put("steps", 1);
                root.put("opt", Map.of("state", Map.of(999, Map.of())));
                assertRefused(file, root, trainer, "parameter number 999");
                root.put("opt", Map.of("state", Map.of(1, Map.of("step", 3))));
                assertRefused(file, root, trainer, "lacks 'step' in the optimizer state of 'x_embedder.proj.weight'");
                root.put("opt", List.of());
                assertRefused(file, root, trainer, "'opt' without 'state'");
                root.put("opt", Map.of("state", Map.of()));
                root.put("steps", -4);
                assertRefused(file, root, trainer, "'steps' of -4");
                root.put("steps", 4);
                root.put("mmgen", Map.of("epoch", 0, "batch", 77));
                assertRefused(file, root, trainer, "batch=77");
            }
        });
    }

    private static void assertRefused(Path file, Map<String, Object> root, Trainer trainer, String message) {
        PickleCheckpoint.write(file, root);
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> trainer.restore(file))
                .withMessageContaining(message);
    }
}
