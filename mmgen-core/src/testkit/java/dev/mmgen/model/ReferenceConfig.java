package dev.mmgen.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** The recordings' model settings, under the reference's names. */
public final class ReferenceConfig {

    private ReferenceConfig() {}

    /** Reads the arguments of the reference's model. */
    public static TransformerConfig of(JsonNode config) {
        return TransformerConfig.builder()
                .inputSize(config.get("input_size").asInt())
                .patchSize(config.get("patch_size").asInt())
                .latentChannels(config.get("in_channels").asInt())
                .modalities(config.get("num_tasks").asInt())
                .width(config.get("hidden_size").asInt())
                .depth(config.get("depth").asInt())
                .heads(config.get("num_heads").asInt())
                .mlpRatio(config.path("mlp_ratio").asDouble(4.0))
                .classes(config.get("num_classes").asInt())
                .nullClass(config.get("class_dropout_prob").asDouble() > 0)
                .jointHeads(config.get("is_mmcat_diff").asBoolean())
                .timeEmbedding(timeEmbedding(config))
                .taskEmbedding(config.path("use_taskcond_emb").asBoolean(false))
                .qkNorm(config.path("qk_norm").asBoolean(false))
                .projections(integers(config.get("z_dims")))
                .projectorWidth(config.get("projector_dim").asInt())
                .projectionDepth(config.get("encoder_depth").asInt())
                .build();
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
