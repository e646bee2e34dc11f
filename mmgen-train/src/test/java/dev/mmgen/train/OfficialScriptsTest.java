package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.json.Json;
import dev.mmgen.torch.optim.AdamW;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.ReferenceLoss;
import dev.mmgen.train.loss.RepresentationAlignment;
import dev.mmgen.train.loss.VelocityLoss;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The default plans hold what the scripts of the official release pass to {@code train.py}, and where they pass nothing, the
 * defaults of its arguments. All numbers here are the scripts'.
 */
class OfficialScriptsTest {

    private static final TransformerConfig MODEL = TransformerConfig.sit("XL/2");

    /** What all scripts have in common: model, weights of tasks and optimizer. */
    private static void assertCommon(TrainingPlan plan) {
        assertThat(plan.model()).isEqualTo(MODEL);
        assertThat(MODEL.inputSize() * 8).isEqualTo(256);
        assertThat(MODEL.modalities()).isEqualTo(4);
        assertThat(MODEL.projectionDepth()).isEqualTo(8);
        assertThat(MODEL.projections()).containsExactly(768);
        assertThat(MODEL.classes()).isEqualTo(1000);
        assertThat(MODEL.taskEmbedding()).isTrue();
        assertThat(MODEL.qkNorm()).isFalse();
        assertThat(plan.batchSize()).isEqualTo(256);
        assertThat(plan.gradientAccumulation()).isEqualTo(1);
        assertThat(plan.precision()).isEqualTo(Precision.FLOAT16);
        assertThat(plan.seed()).isZero();
        assertThat(plan.lora()).isNull();
        assertThat(plan.activationCheckpointing()).isFalse();
        Optimization optimization = plan.optimization();
        assertThat(optimization.learningRate()).isEqualTo(1e-4);
        assertThat(optimization.schedule()).isEqualTo(Optimization.Schedule.CONSTANT);
        assertThat(optimization.warmUpSteps()).isZero();
        assertThat(optimization.adamW()).isEqualTo(new AdamW.Settings(0.9, 0.999, 0, 1e-8));
        assertThat(optimization.gradientNorm()).isEqualTo(1);
        assertThat(optimization.emaDecay()).isEqualTo(0.9999);
        VelocityLoss loss = plan.velocityLoss();
        assertThat(loss.path().name()).isEqualTo("linear");
        assertThat(loss.modalityWeights()).containsExactly(1.0, 0.2, 0.1, 0.1);
        assertThat(loss.classDropout()).isEqualTo(0.1);
        assertThat(loss.givenClassDropout()).isNull();
        assertThat(loss.alignment().weight()).isEqualTo(0.5);
        assertThat(loss.alignment().teacher()).isEqualTo(new RepresentationAlignment.Teacher.Features());
    }

    private static void assertLength(TrainingPlan plan, long steps, long checkpoints) {
        assertThat(plan.steps()).isEqualTo(steps);
        assertThat(plan.checkpointing())
                .isEqualTo(Checkpointing.every(checkpoints).withFormat(Checkpointing.Format.PT));
    }

    /** The loss is the one that the scripts' flags ask for, as the recordings' flags are read. */
    private static void assertLoss(TrainingPlan plan, String flags) {
        ObjectNode recording = Json.COMPACT.object();
        recording.set("loss", Json.COMPACT.tree(flags));
        recording.set("task_weights", Json.COMPACT.toTree(List.of(1.0, 0.2, 0.1, 0.1)));
        recording.putObject("config").put("class_dropout_prob", 0.1);
        assertThat(plan.loss()).isEqualTo(ReferenceLoss.of(recording, 0.5));
    }

    @Test
    void trainImagenetIsTheReleasedPlan() {
        TrainingPlan plan = TrainingPlan.released();
        assertCommon(plan);
        assertLength(plan, 600_000, 50_000);
        assertLoss(plan, """
                {"num_tasks": 4, "ratio_train_onlyrgb": 0.5, "use_quater_mixing": true, "use_decouple_task": true,
                 "use_decouple_rand1": true, "path_type": "linear"}""");
    }

    @Test
    void finetuneHypersimRgb2xIsAPlanOfPhotosAsConditions() {
        TrainingPlan plan = TrainingPlan.finetuning(
                MODEL, List.of(), VelocityLoss.released().withConditioning(ConditioningRecipe.given(0)));
        assertCommon(plan);
        assertLength(plan, 620_000 - 600_000, 2_000);
        assertLoss(plan, """
                {"num_tasks": 4, "ratio_train_onlyrgb": 0.0, "use_decouple_task": true, "use_decouple_rand1": true,
                 "cond_task_fixed": 0, "path_type": "linear"}""");
    }

    @Test
    void finetuneHypersimIsTheReleasedPlanWithFewerSteps() {
        TrainingPlan plan = TrainingPlan.finetuning(MODEL, List.of(), VelocityLoss.released());
        assertCommon(plan);
        assertLength(plan, 605_000 - 600_000, 1_000);
        assertLoss(plan, """
                {"num_tasks": 4, "ratio_train_onlyrgb": 0.5, "use_quater_mixing": true, "use_decouple_task": true,
                 "use_decouple_rand1": true, "path_type": "linear"}""");
    }
}
