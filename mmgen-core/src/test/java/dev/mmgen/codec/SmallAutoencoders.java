package dev.mmgen.codec;

import dev.mmgen.FormulaWeights;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Autoencoders for tests. */
public final class SmallAutoencoders {

    private SmallAutoencoders() {}

    /** Returns the settings in a recording's manifest. */
    public static AutoencoderConfig config(JsonNode json) {
        return new AutoencoderConfig(
                json.get("in_channels").asInt(),
                json.get("out_channels").asInt(),
                json.get("latent_channels").asInt(),
                json.get("block_out_channels")
                        .valueStream()
                        .map(JsonNode::asInt)
                        .toList(),
                json.get("layers_per_block").asInt(),
                json.get("norm_num_groups").asInt(),
                json.get("scaling_factor").asDouble(),
                json.get("sample_size").asInt(),
                true,
                true,
                true);
    }

    /** Returns the settings of a network with latents of 4 channels, 4 times smaller than the images. */
    public static AutoencoderConfig tinyConfig() {
        return new AutoencoderConfig(3, 3, 4, List.of(8, 8, 16), 1, 4, 0.18215, 32, true, true, true);
    }

    /** Returns such a network with weights. Close it. */
    public static AutoencoderKl tiny() {
        AutoencoderKl network = new AutoencoderKl(tinyConfig());
        FormulaWeights.fill(network, "");
        return network;
    }
}
