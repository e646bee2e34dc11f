package dev.mmgen.train;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.Granularity;
import dev.mmgen.train.loss.Mixing;
import dev.mmgen.train.loss.TimeScheme;
import dev.mmgen.train.loss.VelocityLoss;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The arguments that the official programs look for in a checkpoint: those of {@code train.py}, and those of the model's
 * constructor, so that shapes without an official name are described too. A loss or a time scheme of a program's own is named
 * by its class.
 */
final class CheckpointArguments {

    private CheckpointArguments() {}

    static Map<String, Object> of(TrainingPlan plan) {
        Map<String, Object> arguments = new LinkedHashMap<>();
        putModel(arguments, plan.model());
        arguments.put("path_type", OwnPart.pathName(plan.loss()));
        if (plan.loss() instanceof VelocityLoss loss) {
            putLoss(arguments, loss, plan.model());
            putConditioning(arguments, loss.conditioning());
        } else {
            arguments.put("loss", plan.loss().getClass().getName());
        }
        putTraining(arguments, plan);
        return arguments;
    }

    private static void putModel(Map<String, Object> arguments, TransformerConfig model) {
        model.sitName().ifPresent(name -> arguments.put("model", name));
        arguments.put("resolution", model.inputSize() * 8);
        arguments.put("input_size", model.inputSize());
        arguments.put("patch_size", model.patchSize());
        arguments.put("in_channels", model.latentChannels());
        arguments.put("hidden_size", model.width());
        arguments.put("decoder_hidden_size", model.width());
        arguments.put("depth", model.depth());
        arguments.put("num_heads", model.heads());
        arguments.put("mlp_ratio", model.mlpRatio());
        arguments.put("num_classes", model.classes());
        arguments.put("class_dropout_prob", model.nullClass() ? 0.1 : 0.0);
        arguments.put("num_tasks", model.modalities());
        arguments.put("is_mmcat_diff", model.jointHeads());
        arguments.put("use_decouple_task", model.timeEmbedding() == TimeEmbedding.PER_MODALITY);
        arguments.put("use_decouple_latent", model.timeEmbedding() == TimeEmbedding.PER_ELEMENT);
        arguments.put("use_taskcond_emb", model.taskEmbedding());
        arguments.put("fused_attn", true);
        arguments.put("qk_norm", model.qkNorm());
        arguments.put("z_dims", model.projections());
        arguments.put("projector_dim", model.projectorWidth());
        arguments.put("encoder_depth", model.projectionDepth());
        if (model.isFlowMap()) {
            arguments.put("flow_map_depth", model.flowMapDepth());
        }
    }

    private static void putLoss(Map<String, Object> arguments, VelocityLoss loss, TransformerConfig model) {
        arguments.put("prediction", "v");
        arguments.put("weighting", "uniform");
        arguments.put("cfg_prob", model.nullClass() && loss.classDropout() == 0 ? 0.1 : loss.classDropout());
        arguments.put("proj_coeff", loss.alignment().weight());
        arguments.put("use_half_projloss", loss.alignment().firstHalf());
        arguments.put("use_vel_comp", loss.compensateVelocity());
        arguments.put("use_diff_task_weight", loss.modalityWeights().equals(List.of(1.0, 0.2, 0.1, 0.1)));
    }

    private static void putConditioning(Map<String, Object> arguments, ConditioningRecipe recipe) {
        TimeScheme scheme = recipe.scheme();
        arguments.put("use_quater_mixing", mixing(scheme) == Mixing.THREE_QUARTERS);
        arguments.put(
                "use_decouple_rand1",
                scheme instanceof TimeScheme.OneCondition || scheme instanceof TimeScheme.FixedCondition);
        arguments.put("cond_task_fixed", scheme instanceof TimeScheme.FixedCondition fixed ? fixed.modality() : -1);
        arguments.put(
                "mode_time_emb", scheme instanceof TimeScheme.PerElement times ? mode(times.granularity()) : "None");
        if (!isOfLibrary(scheme)) {
            arguments.put("time_scheme", scheme.getClass().getName());
        }
        arguments.put("ratio_train_onlyrgb", recipe.supervision().rgbOnly());
        arguments.put("use_drop_input", recipe.supervision().blankDropped());
    }

    private static boolean isOfLibrary(TimeScheme scheme) {
        return scheme.getClass().getEnclosingClass() == TimeScheme.class;
    }

    private static Mixing mixing(TimeScheme scheme) {
        return switch (scheme) {
            case TimeScheme.OneCondition one -> one.mixing();
            case TimeScheme.Decoupled each -> each.mixing();
            default -> Mixing.NONE;
        };
    }

    /** Returns the name without which the official loss refuses times per element. */
    private static String mode(Granularity granularity) {
        return switch (granularity) {
            case SAMPLE -> "INSYNC_NONE";
            case CHANNEL -> "INSYNC_VEC";
            case PIXEL -> "INSYNC_PATCH";
            case ELEMENT -> "INSYNC_ALL";
            case MODALITY -> "INSYNC_TASK";
        };
    }

    private static void putTraining(Map<String, Object> arguments, TrainingPlan plan) {
        Optimization optimization = plan.optimization();
        arguments.put("batch_size", plan.batchSize());
        arguments.put("gradient_accumulation_steps", plan.gradientAccumulation());
        arguments.put("mixed_precision", plan.precision().officialName());
        arguments.put("max_train_steps", plan.steps());
        arguments.put("checkpointing_steps", plan.checkpointing().every());
        arguments.put("learning_rate", optimization.learningRate());
        arguments.put("adam_beta1", optimization.beta1());
        arguments.put("adam_beta2", optimization.beta2());
        arguments.put("adam_weight_decay", optimization.weightDecay());
        arguments.put("adam_epsilon", optimization.epsilon());
        arguments.put("max_grad_norm", optimization.gradientNorm());
        arguments.put("seed", plan.seed());
    }
}
