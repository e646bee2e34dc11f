package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.io.OfficialCheckpoint;
import dev.mmgen.lora.Lora;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.checkpoint.CheckpointException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class LoraTrainingTest {

    private static final LoraConfig LORA =
            LoraConfig.DEFAULT.withRank(4).withAlpha(8).withTrainedModules(List.of("lis_final_layer.2"));
    private static final TrainingPlan PLAN = TinyTraining.PLAN.withLora(LORA);

    @TempDir
    Path folder;

    private interface Use {
        void of(Trainer trainer);
    }

    private static void withTrainer(TrainingPlan plan, Use use) {
        try (DiffusionTransformer model = trained(plan);
                BatchSource batches = TinyTraining.batches(plan);
                Trainer trainer = new Trainer(plan, model, batches)) {
            use.of(trainer);
        }
    }

    /** All values are drawn: behind the closed gates of a fresh model, an adapter would learn nothing. */
    private static DiffusionTransformer trained(TrainingPlan plan) {
        DiffusionTransformer model = plan.newModel();
        try (Generator generator = Generator.seeded(2)) {
            model.parameters().values().forEach(parameter -> Torch.normal_(parameter.value(), 0, 0.1, generator));
        }
        return model;
    }

    private static void steps(Trainer trainer, int count) {
        for (int i = 0; i < count; i++) {
            trainer.step();
        }
    }

    private static Map<String, float[]> values(StateDict state) {
        Map<String, float[]> values = new LinkedHashMap<>();
        state.asMap().forEach((key, value) -> values.put(key, value.toFloats()));
        return values;
    }

    @Test
    void onlyTheAdapterAndChosenModulesMove() {
        withTrainer(PLAN, trainer -> {
            Map<String, float[]> before;
            try (StateDict state = trainer.model().state()) {
                before = values(state);
            }
            steps(trainer, 4);
            try (StateDict state = trainer.model().state()) {
                values(state).forEach((key, value) -> {
                    boolean trained = Lora.isAdapterWeight(key) || key.startsWith("lis_final_layer.2.");
                    if (!trained) {
                        assertThat(value).as(key).isEqualTo(before.get(key));
                    } else {
                        assertThat(value).as(key).isNotEqualTo(before.get(key));
                    }
                });
            }
            assertThat(trainer.update().optimizer().keys())
                    .allMatch(key -> Lora.isAdapterWeight(key) || key.startsWith("lis_final_layer.2."));
        });
    }

    @Test
    void goesOnAsIfNothingHadHappened() throws Exception {
        Path whole = Files.createDirectory(folder.resolve("whole")).resolve("0000006.pt");
        Path half = folder.resolve("half.pt");
        Path resumed = Files.createDirectory(folder.resolve("resumed")).resolve("0000006.pt");
        withTrainer(PLAN, trainer -> {
            steps(trainer, 3);
            trainer.save(half);
            steps(trainer, 3);
            trainer.save(whole);
        });
        withTrainer(PLAN, trainer -> {
            trainer.restore(half);
            steps(trainer, 3);
            trainer.save(resumed);
        });
        assertThat(resumed).hasSameBinaryContentAs(whole);
    }

    @Test
    void aCheckpointIsAModelAsAnyOther() {
        Path file = folder.resolve("checkpoint.pt");
        withTrainer(PLAN, trainer -> {
            steps(trainer, 4);
            trainer.save(file);
            try (OfficialCheckpoint official = OfficialCheckpoint.open(file);
                    StateDict weights = official.weights(true);
                    StateDict averages = trainer.ema().state();
                    StateDict folded = trainer.lora().fold(averages);
                    DiffusionTransformer plain = official.transformer()) {
                assertThat(plain.config()).isEqualTo(TinyTraining.MODEL.withoutProjectors());
                assertThat(values(weights)).usingRecursiveComparison().isEqualTo(values(folded));
                String map = "blocks.1.mlp.fc1.weight";
                Tensor base = averages.get(map);
                assertThat(weights.get(map).toFloats()).isNotEqualTo(base.toFloats());
            }
        });
    }

    @Test
    void anotherKindOfTrainingIsNamed() {
        Path corrected = folder.resolve("corrected.pt");
        Path full = folder.resolve("full.pt");
        withTrainer(PLAN, trainer -> trainer.save(corrected));
        withTrainer(TinyTraining.PLAN, trainer -> trainer.save(full));
        withTrainer(
                PLAN,
                trainer -> assertThatExceptionOfType(CheckpointException.class)
                        .isThrownBy(() -> trainer.restore(full))
                        .withMessageContaining("'blocks.0.attn.qkv.lora_A.weight' is missing")
                        .withMessageContaining("lora.rank is absent, not 4"));
        withTrainer(
                TinyTraining.PLAN,
                trainer -> assertThatExceptionOfType(CheckpointException.class)
                        .isThrownBy(() -> trainer.restore(corrected))
                        .withMessageContaining("'blocks.0.attn.qkv.lora_A.weight' is unknown")
                        .withMessageContaining("lora.rank is 4, not absent"));
        withTrainer(
                PLAN.withLora(LORA.withRank(2).withAlpha(8)),
                trainer -> assertThatExceptionOfType(CheckpointException.class)
                        .isThrownBy(() -> trainer.restore(corrected))
                        .withMessageContaining("is [4, 32], not [2, 32]")
                        .withMessageContaining("lora.rank is 4, not 2"));
    }

    @Test
    void plansNameOnlyWhatDiffers() {
        TrainingPlan plan = TrainingPlan.parse("{\"lora\": {\"rank\": 8, \"targets\": [\"MLP_FC1\"]}}");
        assertThat(plan.lora().rank()).isEqualTo(8);
        assertThat(plan.lora().alpha()).isEqualTo(LoraConfig.DEFAULT.alpha());
        assertThat(plan.lora().targets()).hasSize(1);
        assertThat(TrainingPlan.parse(plan.toJson())).isEqualTo(plan);
        assertThat(TrainingPlan.parse("{\"lora\": null}")).isEqualTo(TrainingPlan.released());
        assertThat(TrainingPlan.parse("{\"lora\": {}}").lora()).isEqualTo(LoraConfig.DEFAULT);
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> TrainingPlan.parse("{\"lora\": {\"ranks\": 8}}"))
                .withMessageContaining("'lora.ranks'; the nearest known one is 'lora.rank'");
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> TrainingPlan.parse("{\"lora\": 8}"))
                .withMessageContaining("'lora' is not a JSON object");
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> TrainingPlan.parse("{\"lora\": {\"alpha\": -1}}"))
                .withMessageContaining("'alpha' is -1");
    }
}
