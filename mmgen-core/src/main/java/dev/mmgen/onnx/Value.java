package dev.mmgen.onnx;

import java.util.List;
import java.util.stream.LongStream;

/** A tensor that a {@link Graph} computes, by name. Its operations add nodes to the graph. */
record Value(Graph graph, String name) {

    Value add(Value other) {
        return binary("Add", other);
    }

    Value mul(Value other) {
        return binary("Mul", other);
    }

    Value mul(double factor) {
        return mul(graph.number(factor));
    }

    Value div(Value other) {
        return binary("Div", other);
    }

    Value matmul(Value other) {
        return binary("MatMul", other);
    }

    Value isEqualTo(Value other) {
        return binary("Equal", other);
    }

    Value and(Value other) {
        return binary("And", other);
    }

    Value sin() {
        return unary("Sin");
    }

    Value cos() {
        return unary("Cos");
    }

    Value exp() {
        return unary("Exp");
    }

    /** Returns {@code x * sigmoid(x)}. */
    Value silu() {
        return mul(unary("Sigmoid"));
    }

    /** Returns GELU by its tanh formula. */
    Value geluTanh() {
        return node(new Node("Gelu", this).with("approximate", "tanh"));
    }

    Value softmax(int axis) {
        return node(new Node("Softmax", this).with("axis", axis));
    }

    Value clamp(double least, double most) {
        return node(new Node("Clip", this, graph.number(least), graph.number(most)));
    }

    /** Returns the mean over a dimension, which goes. */
    Value mean(int axis) {
        return node(new Node("ReduceMean", this, graph.ints(axis)).with("keepdims", 0));
    }

    /** Returns the same elements as float32. */
    Value toFloats() {
        return node(new Node("Cast", this).with("to", OnnxFile.FLOAT));
    }

    /** Returns the dimensions in another order. */
    Value permute(long... order) {
        return node(new Node("Transpose", this)
                .with("perm", LongStream.of(order).boxed().toList()));
    }

    /** Returns the same elements in another shape: 0 keeps the size in that place, -1 takes what is left. */
    Value reshape(long... sizes) {
        return reshape(graph.ints(sizes));
    }

    /** Returns the same elements in a shape that is joined from vectors of sizes. */
    Value reshape(Value... sizes) {
        return binary("Reshape", graph.concat(0, List.of(sizes)));
    }

    /** Returns this repeated to a shape that is joined from vectors of sizes. */
    Value expand(Value... sizes) {
        return binary("Expand", graph.concat(0, List.of(sizes)));
    }

    Value unsqueeze(long... axes) {
        return binary("Unsqueeze", graph.ints(axes));
    }

    /** Returns the size of a dimension, as a vector of one number. */
    Value size(int axis) {
        return node(new Node("Shape", this).with("start", axis).with("end", axis + 1L));
    }

    /** Returns the numbers from 0 to this one, which is excluded; this is a vector of one number. */
    Value range() {
        return node(new Node("Range", graph.scalar(0), binary("Squeeze", graph.ints(0)), graph.scalar(1)));
    }

    /** Returns equal parts along a dimension. */
    List<Value> split(int axis, int count) {
        if (count == 1) {
            return List.of(this);
        }
        return graph.add(new Node("Split", this).with("axis", axis).with("num_outputs", count), count);
    }

    private Value unary(String operator) {
        return node(new Node(operator, this));
    }

    private Value binary(String operator, Value other) {
        return node(new Node(operator, this, other));
    }

    private Value node(Node node) {
        return graph.add(node);
    }

    @Override
    public String toString() {
        return name;
    }
}
