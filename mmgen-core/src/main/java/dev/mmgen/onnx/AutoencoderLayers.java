package dev.mmgen.onnx;

import dev.mmgen.codec.AutoencoderConfig;
import java.util.List;

/** The blocks that encoder and decoder have in common, under the names of diffusers' {@code AutoencoderKL}. */
final class AutoencoderLayers {

    private static final double EPS = 1e-6;

    private final AutoencoderConfig config;
    private final Graph graph;
    private final Layers layers;

    AutoencoderLayers(AutoencoderConfig config, Graph graph) {
        this.config = config;
        this.graph = graph;
        this.layers = new Layers(graph);
    }

    Layers layers() {
        return layers;
    }

    /** Residual blocks at one resolution. */
    Value resnets(Value image, int count) {
        Value hidden = image;
        for (int i = 0; i < count; i++) {
            hidden = resnet("resnets." + i, hidden);
        }
        return hidden;
    }

    /** The coarsest level: a residual block, attention, a residual block (diffusers: {@code UNetMidBlock2D}). */
    Value middle(Value image) {
        return graph.within("mid_block", () -> {
            Value hidden = resnet("resnets.0", image);
            Value mixed = config.midBlockAddAttention() ? attention("attentions.0", hidden) : hidden;
            return resnet("resnets.1", mixed);
        });
    }

    /** A group norm, SiLU and a convolution. */
    Value activated(String norm, String conv, Value image) {
        return layers.conv(
                conv, layers.groupNorm(norm, image, config.normNumGroups(), EPS).silu());
    }

    /** Two convolutions beside a shortcut. */
    private Value resnet(String name, Value image) {
        return graph.within(name, () -> {
            Value hidden = activated("norm1", "conv1", image);
            Value shortcut = graph.has("conv_shortcut.weight") ? layers.conv("conv_shortcut", image) : image;
            return shortcut.add(activated("norm2", "conv2", hidden));
        });
    }

    /** Attention of all pixels to each other with a single head, beside a shortcut. */
    private Value attention(String name, Value image) {
        return graph.within(name, () -> {
            long channels = graph.size("to_q.weight", 0);
            Value grid = graph.concat(0, List.of(image.size(2), image.size(3)));
            Value count = image.size(2).mul(image.size(3));
            Value pixels = layers.groupNorm("group_norm", image, config.normNumGroups(), EPS)
                    .reshape(0, 0, -1)
                    .permute(0, 2, 1);
            Value query = layers.linear("to_q", pixels, count);
            Value key = layers.linear("to_k", pixels, count);
            Value value = layers.linear("to_v", pixels, count);
            Value scores = query.mul(1 / Math.sqrt((double) channels))
                    .matmul(key.permute(0, 2, 1))
                    .softmax(-1);
            Value mixed = layers.linear("to_out.0", scores.matmul(value), count);
            return image.add(mixed.permute(0, 2, 1).reshape(graph.ints(-1, channels), grid));
        });
    }
}
