package dev.mmgen.onnx;

import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.weights.StateDict;

/**
 * The autoencoder's decoder as a graph: input {@code latents} {@code [N, latent channels, h, w]}, raw, output {@code pixels}
 * {@code [N, out channels, h * factor, w * factor]}, nominally in [-1, 1]. N, h and w are free.
 */
final class DecoderGraph {

    private static final String LATENTS =
            "Raw latents of one modality, [N, C, h, w]: the transformer's, whose normalisation, 'latents' in the"
                    + " model's config.json, is undone: latents / factor, or latents * deviation + mean of each channel.";

    private static final String PIXELS =
            "Images, [N, channels, height, width], channels in the order red, green, blue, from -1 (0 of 255)"
                    + " to 1 (255 of 255); some numbers are slightly outside.";

    private final AutoencoderConfig config;
    private final Graph graph;
    private final AutoencoderLayers blocks;

    private DecoderGraph(AutoencoderConfig config, StateDict weights) {
        this.config = config;
        this.graph = new Graph("decoder", weights);
        this.blocks = new AutoencoderLayers(config, graph);
    }

    /** Builds the graph from the weights {@code decoder.*} and {@code post_quant_conv.*}. */
    static Graph of(AutoencoderConfig config, StateDict weights) {
        DecoderGraph network = new DecoderGraph(config, weights);
        Graph graph = network.graph;
        Value latents = graph.input("latents", LATENTS, DType.FLOAT32, "N", config.latentChannels(), "h", "w");
        Value hidden = config.usePostQuantConv() ? network.blocks.layers().conv("post_quant_conv", latents) : latents;
        Value pixels = graph.within("decoder", () -> network.forward(hidden));
        graph.output(
                "pixels",
                PIXELS,
                pixels,
                "N",
                config.outChannels(),
                "h * " + config.factor(),
                "w * " + config.factor());
        return graph;
    }

    private Value forward(Value latents) {
        Value hidden = blocks.middle(blocks.layers().conv("conv_in", latents));
        int levels = config.blockOutChannels().size();
        for (int i = 0; i < levels; i++) {
            Value input = hidden;
            boolean last = i == levels - 1;
            hidden = graph.within("up_blocks." + i, () -> level(input, last));
        }
        return blocks.activated("conv_norm_out", "conv_out", hidden);
    }

    private Value level(Value image, boolean last) {
        Value hidden = blocks.resnets(image, config.layersPerBlock() + 1);
        return last ? hidden : blocks.layers().conv("upsamplers.0.conv", doubled(hidden));
    }

    /** Doubles height and width by repeating pixels. */
    private Value doubled(Value image) {
        Value none = graph.vector("none");
        Value scales = graph.vector("scales/2", 1, 1, 2, 2);
        return graph.add(new Node("Resize", image, none, scales)
                .with("mode", "nearest")
                .with("coordinate_transformation_mode", "asymmetric")
                .with("nearest_mode", "floor"));
    }
}
