package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.io.OfficialArguments;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.Granularity;
import dev.mmgen.train.loss.Mixing;
import dev.mmgen.train.loss.TimeScheme;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointArgumentsTest {

    private static Map<String, Object> arguments(TrainingPlan plan, TimeScheme scheme) {
        return CheckpointArguments.of(plan.withLoss(
                plan.velocityLoss().withConditioning(ConditioningRecipe.plain().withScheme(scheme))));
    }

    @Test
    void argumentsAreThoseOfTheOfficialScript() {
        TrainingPlan plan = TrainingPlan.released();
        assertThat(CheckpointArguments.of(plan))
                .containsAllEntriesOf(Map.of(
                        "model",
                        "SiT-XL/2",
                        "cfg_prob",
                        0.1,
                        "proj_coeff",
                        0.5,
                        "encoder_depth",
                        8,
                        "mixed_precision",
                        "fp16",
                        "batch_size",
                        256,
                        "max_train_steps",
                        600_000L,
                        "checkpointing_steps",
                        50_000L,
                        "learning_rate",
                        1e-4,
                        "seed",
                        0L))
                .containsAllEntriesOf(Map.of(
                        "is_mmcat_diff",
                        true,
                        "num_tasks",
                        4,
                        "ratio_train_onlyrgb",
                        0.5,
                        "use_quater_mixing",
                        true,
                        "use_decouple_task",
                        true,
                        "use_decouple_rand1",
                        true,
                        "use_taskcond_emb",
                        true,
                        "use_diff_task_weight",
                        true,
                        "cond_task_fixed",
                        -1,
                        "mode_time_emb",
                        "None"));
    }

    @ParameterizedTest
    @CsvSource({
        "SAMPLE, INSYNC_NONE",
        "CHANNEL, INSYNC_VEC",
        "PIXEL, INSYNC_PATCH",
        "ELEMENT, INSYNC_ALL",
        "MODALITY, INSYNC_TASK"
    })
    void timesPerElementSayWhatSharesOne(Granularity granularity, String mode) {
        Map<String, Object> arguments =
                arguments(TinyTraining.perElement(), new TimeScheme.PerElement(granularity, Mixing.HALF));
        assertThat(arguments).containsEntry("mode_time_emb", mode).containsEntry("use_decouple_latent", true);
        assertThat(OfficialArguments.of(arguments).transformer().timeEmbedding())
                .isEqualTo(TimeEmbedding.PER_ELEMENT);
    }

    @Test
    void mixingIsToldOfTimesPerModalityToo() {
        assertThat(arguments(TinyTraining.PLAN, new TimeScheme.Decoupled(Mixing.THREE_QUARTERS)))
                .containsEntry("use_quater_mixing", true)
                .containsEntry("use_decouple_rand1", false);
    }
}
