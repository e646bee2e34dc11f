package dev.mmgen.model;

import java.util.List;
import tools.jackson.databind.JsonNode;

/** The recordings' model settings, under the reference's names. */
public final class ReferenceConfig {

    private ReferenceConfig() {}

    /** Reads the arguments of the reference's model. */
    public static TransformerConfig of(JsonNode config) {
        return new TransformerConfig(
                config.get("input_size").asInt(),
                config.get("patch_size").asInt(),
                config.get("in_channels").asInt(),
                config.get("num_tasks").asInt(),
                config.get("hidden_size").asInt(),
                config.get("depth").asInt(),
                config.get("num_heads").asInt(),
                config.path("mlp_ratio").asDouble(4.0),
                config.get("num_classes").asInt(),
                config.get("class_dropout_prob").asDouble() > 0,
                config.get("is_mmcat_diff").asBoolean(),
                timeEmbedding(config),
                config.path("use_taskcond_emb").asBoolean(false),
                config.path("qk_norm").asBoolean(false),
                integers(config.get("z_dims")),
                config.get("projector_dim").asInt(),
                config.get("encoder_depth").asInt());
    }

    private static TimeEmbedding timeEmbedding(JsonNode config) {
        if (config.path("use_decouple_latent").asBoolean(false)) {
            return TimeEmbedding.PER_ELEMENT;
        }
        return config.path("use_decouple_task").asBoolean(false) ? TimeEmbedding.PER_MODALITY : TimeEmbedding.SHARED;
    }

    private static List<Integer> integers(JsonNode list) {
        return list.valueStream().map(JsonNode::asInt).toList();
    }
}
