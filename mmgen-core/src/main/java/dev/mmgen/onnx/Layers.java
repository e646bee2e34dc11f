package dev.mmgen.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** The layers of which the networks consist, each by the name of its weights below the graph's path. */
final class Layers {

    private final Graph graph;

    Layers(Graph graph) {
        this.graph = graph;
    }

    /** Maps {@code [rows, inputs]} to {@code [rows, outputs]}: {@code x · weightᵀ + bias}. */
    Value linear(String name, Value rows) {
        return graph.within(
                name,
                () -> graph.add(
                        new Node("Gemm", rows, graph.weight("weight"), graph.weight("bias")).with("transB", 1)));
    }

    /**
     * Maps {@code [N, rows, inputs]} to {@code [N, rows, outputs]}. {@code Gemm} keeps the official layout of the weight, but
     * knows matrices only.
     */
    Value linear(String name, Value input, Value rows) {
        Value flat = input.reshape(-1, graph.size(name + ".weight", 1));
        return linear(name, flat).reshape(graph.ints(-1), rows, graph.ints(graph.size(name + ".weight", 0)));
    }

    /** Filters {@code [N, C, H, W]} and keeps height and width. */
    Value conv(String name, Value image) {
        long margin = (graph.size(name + ".weight", 2) - 1) / 2;
        return conv(name, image, 1, margin, margin, margin, margin);
    }

    /** Halves height and width; zeros are added at the right and at the bottom only (diffusers: {@code Downsample2D}). */
    Value halvingConv(String name, Value image) {
        return conv(name, image, 2, 0, 0, 1, 1);
    }

    /** Maps the square patches of {@code [N, C, H, W]} to tokens {@code [N, H/p * W/p, width]}, row by row. */
    Value patches(String name, Value image) {
        Value grid = conv(name, image, graph.size(name + ".weight", 2), 0, 0, 0, 0);
        return grid.reshape(0, 0, -1).permute(0, 2, 1);
    }

    /** The margins are those at the top, left, bottom and right. */
    private Value conv(String name, Value image, long stride, long... margins) {
        return graph.within(
                name,
                () -> graph.add(new Node("Conv", image, graph.weight("weight"), graph.weight("bias"))
                        .with("pads", LongStream.of(margins).boxed().toList())
                        .with("strides", List.of(stride, stride))));
    }

    /** Looks rows of a table up. */
    Value embedding(String name, Value indices) {
        return graph.within(name, () -> graph.add(new Node("Gather", graph.weight("weight"), indices)));
    }

    /** Brings the last dimension to mean 0 and variance 1, then scales and shifts it. */
    Value layerNorm(String name, Value input, double eps) {
        return graph.within(name, () -> layerNorm(input, graph.weight("weight"), graph.weight("bias"), eps));
    }

    /** Brings the last dimension, of that width, to mean 0 and variance 1. The operator wants factors: they are 1. */
    Value layerNorm(Value input, int width, double eps) {
        float[] ones = filled(width, 1);
        float[] zeros = filled(width, 0);
        return layerNorm(input, graph.vector("ones/" + width, ones), graph.vector("zeros/" + width, zeros), eps);
    }

    private Value layerNorm(Value input, Value factors, Value offsets, double eps) {
        return graph.add(new Node("LayerNormalization", input, factors, offsets)
                .with("axis", -1)
                .with("epsilon", (float) eps));
    }

    /**
     * Brings groups of channels of {@code [N, C, H, W]} to mean 0 and variance 1, then scales and shifts each channel. A group
     * is an instance with one channel, which more runtimes know than {@code GroupNormalization}.
     */
    Value groupNorm(String name, Value image, int groups, double eps) {
        return graph.within(name, () -> {
            Value grouped = image.reshape(0, groups, -1);
            Value ones = graph.vector("ones/" + groups, filled(groups, 1));
            Value zeros = graph.vector("zeros/" + groups, filled(groups, 0));
            Value normal =
                    graph.add(new Node("InstanceNormalization", grouped, ones, zeros).with("epsilon", (float) eps));
            Value restored = graph.add(new Node("Reshape", normal, graph.add(new Node("Shape", image))));
            return restored.mul(perChannel("weight")).add(perChannel("bias"));
        });
    }

    private Value perChannel(String weight) {
        return graph.weight(weight).unsqueeze(1, 2);
    }

    private static float[] filled(int length, float value) {
        float[] values = new float[length];
        Arrays.fill(values, value);
        return values;
    }
}
