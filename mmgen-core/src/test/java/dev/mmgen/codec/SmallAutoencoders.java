package dev.mmgen.codec;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.FormulaWeights;

/** Autoencoders for tests. */
public final class SmallAutoencoders {

    private SmallAutoencoders() {}

    /** Returns the settings in a recording's manifest. */
    public static AutoencoderConfig config(JsonNode json) {
        return AutoencoderConfig.stableDiffusion().toBuilder()
                .inChannels(json.get("in_channels").asInt())
                .outChannels(json.get("out_channels").asInt())
                .latentChannels(json.get("latent_channels").asInt())
                .blockOutChannels(json.get("block_out_channels")
                        .valueStream()
                        .map(JsonNode::asInt)
                        .toList())
                .layersPerBlock(json.get("layers_per_block").asInt())
                .normNumGroups(json.get("norm_num_groups").asInt())
                .scalingFactor(json.get("scaling_factor").asDouble())
                .sampleSize(json.get("sample_size").asInt())
                .build();
    }

    /** Returns the settings of a network with latents of 4 channels, 4 times smaller than the images. */
    public static AutoencoderConfig tinyConfig() {
        return AutoencoderConfig.stableDiffusion().toBuilder()
                .blockOutChannels(8, 8, 16)
                .layersPerBlock(1)
                .normNumGroups(4)
                .sampleSize(32)
                .build();
    }

    /** Returns such a network with weights. Close it. */
    public static AutoencoderKl tiny() {
        AutoencoderKl network = new AutoencoderKl(tinyConfig());
        FormulaWeights.fill(network, "");
        return network;
    }
}
