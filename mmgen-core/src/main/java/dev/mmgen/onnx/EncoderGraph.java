package dev.mmgen.onnx;

import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.weights.StateDict;
import java.util.List;

/**
 * The autoencoder's encoder as a graph: input {@code pixels} {@code [N, in channels, H, W]} in [-1, 1], outputs {@code mean}
 * and {@code deviation} of the posterior, {@code [N, latent channels, H / factor, W / factor]} each. N, H and W are free; H
 * and W are multiples of the factor.
 */
final class EncoderGraph {

    private static final double MIN_LOGVAR = -30;
    private static final double MAX_LOGVAR = 20;

    private static final String MEAN =
            "Mean of the posterior of the raw latents. The transformer's latents are these, normalised as"
                    + " 'latents' in the model's config.json says: raw * factor, or (raw - mean) / deviation of each channel.";

    private static final String DEVIATION =
            "Standard deviation of the posterior: a draw is mean + deviation * noise, raw.";

    private final AutoencoderConfig config;
    private final Graph graph;
    private final AutoencoderLayers blocks;

    private EncoderGraph(AutoencoderConfig config, StateDict weights) {
        this.config = config;
        this.graph = new Graph("encoder", weights);
        this.blocks = new AutoencoderLayers(config, graph);
    }

    /** Builds the graph from the weights {@code encoder.*} and {@code quant_conv.*}. */
    static Graph of(AutoencoderConfig config, StateDict weights) {
        EncoderGraph network = new EncoderGraph(config, weights);
        Graph graph = network.graph;
        Value pixels =
                graph.input("pixels", pixelsDescription(config), DType.FLOAT32, "N", config.inChannels(), "H", "W");
        Value hidden = graph.within("encoder", () -> network.forward(pixels));
        Value moments = config.useQuantConv() ? network.blocks.layers().conv("quant_conv", hidden) : hidden;
        List<Value> halves = moments.split(1, 2);
        Object[] sizes = {"N", config.latentChannels(), "H / " + config.factor(), "W / " + config.factor()};
        graph.output("mean", MEAN, halves.getFirst(), sizes);
        graph.output(
                "deviation",
                DEVIATION,
                halves.getLast().clamp(MIN_LOGVAR, MAX_LOGVAR).mul(0.5).exp(),
                sizes);
        return graph;
    }

    private static String pixelsDescription(AutoencoderConfig config) {
        return "Images of one modality, [N, channels, H, W], channels in the order red, green, blue, from -1 (0 of 255) to 1"
                + " (255 of 255). H and W are multiples of " + config.factor() + ".";
    }

    private Value forward(Value pixels) {
        Value hidden = blocks.layers().conv("conv_in", pixels);
        int levels = config.blockOutChannels().size();
        for (int i = 0; i < levels; i++) {
            Value input = hidden;
            boolean last = i == levels - 1;
            hidden = graph.within("down_blocks." + i, () -> level(input, last));
        }
        return blocks.activated("conv_norm_out", "conv_out", blocks.middle(hidden));
    }

    private Value level(Value image, boolean last) {
        Value hidden = blocks.resnets(image, config.layersPerBlock());
        return last ? hidden : blocks.layers().halvingConv("downsamplers.0.conv", hidden);
    }
}
