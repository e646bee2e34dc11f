package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.checkpoint.CheckpointException;
import dev.mmgen.train.checkpoint.Checkpointing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MuonTrainingTest {

    private static final TrainingPlan PLAN = muon("blocks");

    @TempDir
    Path folder;

    private static TrainingPlan muon(String name) {
        Optimization settings =
                TinyTraining.PLAN.optimization().toBuilder().muon(List.of(name)).build();
        return TinyTraining.PLAN.withOptimization(settings);
    }

    private static void steps(Trainer trainer) {
        for (int i = 0; i < 3; i++) {
            trainer.step();
        }
    }

    @Test
    void matricesOfTheBlocksMoveByMuonAndAllElseByAdamW() {
        TinyTraining.withTrainer(PLAN, trainer -> {
            steps(trainer);
            try (StateDict state = trainer.update().optimizer().state()) {
                assertThat(state.keys())
                        .contains(
                                "blocks.0.attn.qkv.weight.momentum_buffer",
                                "blocks.1.mlp.fc2.weight.momentum_buffer",
                                "blocks.0.attn.qkv.bias.exp_avg",
                                "x_embedder.proj.weight.exp_avg",
                                "lis_final_layer.0.linear.weight.exp_avg")
                        .doesNotContain("blocks.0.attn.qkv.weight.exp_avg");
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void goesOnAsIfNothingHadHappened(Checkpointing.Format format) throws IOException {
        TrainingPlan plan = PLAN.withCheckpointing(PLAN.checkpointing().withFormat(format));
        Path whole = Files.createDirectory(folder.resolve("whole")).resolve(format.fileName("0000006"));
        Path resumed = Files.createDirectory(folder.resolve("resumed")).resolve(format.fileName("0000006"));
        Path half = folder.resolve(format.fileName("0000003"));
        TinyTraining.withTrainer(plan, trainer -> {
            steps(trainer);
            trainer.save(half);
            steps(trainer);
            trainer.save(whole);
        });
        TinyTraining.withTrainer(plan, trainer -> {
            trainer.restore(half);
            steps(trainer);
            trainer.save(resumed);
        });
        TrainingRunTest.assertSame(resumed, whole);
    }

    @ParameterizedTest
    @EnumSource
    void aCheckpointOfAdamWIsRefusedByName(Checkpointing.Format format) {
        Path file = folder.resolve(format.fileName("0000003"));
        TinyTraining.withTrainer(
                TinyTraining.PLAN.withCheckpointing(PLAN.checkpointing().withFormat(format)), trainer -> {
                    steps(trainer);
                    trainer.save(file);
                });
        TinyTraining.withTrainer(
                PLAN,
                trainer -> assertThatExceptionOfType(CheckpointException.class)
                        .isThrownBy(() -> trainer.restore(file))
                        .withMessageContaining("other matrices left to Muon"));
    }

    @Test
    void aNameWithoutMatricesIsRefused() {
        for (String name : List.of("blocks.7", "blocks.0.attn.qkv.bias", "block")) {
            TrainingPlan plan = muon(name);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> TinyTraining.withTrainer(plan, _ -> {}))
                    .withMessageContaining(
                            "setting 'optimization.muon' names '" + name + "', but the model has no matrix");
        }
    }

    @Test
    void plansHoldTheNamesAndOlderPlansNone() {
        assertThat(TrainingPlan.parse("the plan", PLAN.toJson()).optimization().muon())
                .containsExactly("blocks");
        String older = "{\"optimization\": {\"learningRate\": 0.001}}";
        assertThat(TrainingPlan.parse("an older plan", older).optimization().muon())
                .isEmpty();
    }
}
