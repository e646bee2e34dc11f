package dev.mmgen.train.loss;

import dev.mmgen.sampling.Interpolant;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** The recordings' loss settings, under the reference's names. */
public final class ReferenceLoss {

    private ReferenceLoss() {}

    /** Reads the settings of a recorded case. */
    public static VelocityLoss of(JsonNode recording, double alignmentWeight) {
        JsonNode loss = recording.get("loss");
        List<Double> weights = recording.get("task_weights").valueStream().map(JsonNode::asDouble).toList();
        return new VelocityLoss(
                loss.path("path_type").asString("linear").equals("cosine") ? Interpolant.cosine() : Interpolant.linear(),
                new ConditioningRecipe(scheme(loss), new TimeDistribution.Uniform(), supervision(loss)),
                weights,
                recording.get("config").get("class_dropout_prob").asDouble(),
                recording.get("config").get("class_dropout_prob").asDouble(),
                flag(loss, "use_vel_comp"),
                new RepresentationAlignment(alignmentWeight, flag(loss, "use_half_projloss"), Long.MAX_VALUE));
    }

    private static TimeScheme scheme(JsonNode loss) {
        if (flag(loss, "use_decouple_latent")) {
            Granularity granularity = granularity(loss.get("mode_time_emb").asString());
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
        TargetDropping dropping = flag(loss, "use_decouple_rand1")
                ? TargetDropping.ANY_NUMBER
                : TargetDropping.AT_LEAST_ONE_PER_SAMPLE;
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
