package dev.mmgen.train.loss;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The recordings' loss settings, under the reference's names. */
public final class ReferenceLoss {

    private static final Map<JsonNode, VelocityLoss> READY_MADE = Map.of(
            // train_imagenet.sh and finetune_hypersim.sh
            flags("""
                    {"use_decouple_task": true, "num_tasks": 4, "use_decouple_rand1": true, "use_quater_mixing": true,
                     "ratio_train_onlyrgb": 0.5}"""),
            VelocityLoss.released(),
            // finetune_hypersim_rgb2x.sh
            flags("""
                    {"use_decouple_task": true, "num_tasks": 4, "use_decouple_rand1": true, "cond_task_fixed": 0}"""),
            VelocityLoss.released().withConditioning(ConditioningRecipe.given(0)),
            // SiT with representation alignment
            flags("""
                    {"num_tasks": 1}"""),
            VelocityLoss.released().withConditioning(ConditioningRecipe.plain()).withModalityWeights(List.of(1.0)));

    private ReferenceLoss() {}

    private static JsonNode flags(String json) {
        return Json.COMPACT.tree(json);
    }

    /** Returns the ready-made loss of the official script that has the flags of a recorded case; empty where none has. */
    static Optional<VelocityLoss> readyMade(JsonNode recording) {
        return Optional.ofNullable(READY_MADE.get(recording.get("loss")));
    }

    /** Reads the settings of a recorded case. */
    public static VelocityLoss of(JsonNode recording, double alignmentWeight) {
        JsonNode loss = recording.get("loss");
        List<Double> weights = recording
                .get("task_weights")
                .valueStream()
                .map(JsonNode::asDouble)
                .toList();
        return VelocityLoss.released()
                .withPath(Interpolant.named(loss.path("path_type").asText("linear")))
                .withConditioning(
                        new ConditioningRecipe(scheme(loss), new TimeDistribution.Uniform(), supervision(loss)))
                .withModalityWeights(weights)
                .withClassDropout(
                        recording.get("config").get("class_dropout_prob").asDouble())
                .withCompensateVelocity(flag(loss, "use_vel_comp"))
                .withAlignment(RepresentationAlignment.REFERENCE
                        .withWeight(alignmentWeight)
                        .withFirstHalf(flag(loss, "use_half_projloss")));
    }

    private static TimeScheme scheme(JsonNode loss) {
        if (flag(loss, "use_decouple_latent")) {
            Granularity granularity = granularity(loss.get("mode_time_emb").asText());
            return new TimeScheme.PerElement(
                    granularity, granularity == Granularity.SAMPLE ? Mixing.NONE : Mixing.HALF);
        }
        if (!flag(loss, "use_decouple_task")) {
            return new TimeScheme.Shared();
        }
        Mixing mixing = flag(loss, "use_quater_mixing") ? Mixing.THREE_QUARTERS : Mixing.HALF;
        if (!flag(loss, "use_decouple_rand1")) {
            return new TimeScheme.Decoupled(mixing);
        }
        return fixed(loss) >= 0
                ? new TimeScheme.FixedCondition(fixed(loss))
                : new TimeScheme.OneCondition(mixing, 0.01);
    }

    private static Granularity granularity(String mode) {
        return switch (mode) {
            case "INSYNC_NONE" -> Granularity.SAMPLE;
            case "INSYNC_VEC" -> Granularity.CHANNEL;
            case "INSYNC_PATCH" -> Granularity.PIXEL;
            case "INSYNC_ALL" -> Granularity.ELEMENT;
            case "INSYNC_TASK" -> Granularity.MODALITY;
            default -> throw new IllegalArgumentException(mode);
        };
    }

    private static Supervision supervision(JsonNode loss) {
        double rgbOnly = loss.path("ratio_train_onlyrgb").asDouble(0);
        TargetDropping dropping =
                flag(loss, "use_decouple_rand1") ? TargetDropping.ANY_NUMBER : TargetDropping.AT_LEAST_ONE_PER_SAMPLE;
        return new Supervision(
                rgbOnly,
                rgbOnly > 0 && rgbOnly < 0.9 ? dropping : TargetDropping.NONE,
                rgbOnly == 0 && fixed(loss) < 0,
                rgbOnly > 0 && flag(loss, "use_drop_input"));
    }

    private static int fixed(JsonNode loss) {
        return loss.path("cond_task_fixed").asInt(-1);
    }

    private static boolean flag(JsonNode loss, String name) {
        return loss.path(name).asBoolean(false);
    }
}
