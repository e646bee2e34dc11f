package dev.mmgen.onnx;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.weights.StateDict;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A computation in the making: inputs, weights under their official names, nodes in the order in which they run, outputs.
 *
 * <p>The builder stands at a path, such as {@code blocks.0.attn}: weights are asked for by their names below it, and nodes are
 * named after it. The same operation on the same values is one node. Instances belong to one thread.
 */
final class Graph {

    /**
     * An input or output.
     *
     * @param description what it is, for whoever opens the file; empty within the network
     * @param sizes       of its dimensions: numbers, or names of those that differ from call to call; none where any shape will do
     */
    record Port(String name, String description, DType type, List<Object> sizes) {}

    /** A small tensor that is part of the computation rather than of the model. */
    record Constant(String name, DType type, List<Long> sizes, byte[] bytes) {}

    /** Nodes that run one after another (ONNX's {@code GraphProto}): the whole computation, or a branch of an {@code If}. */
    static final class Body {

        private final String name;
        private final @Nullable Body outer;
        private final Map<Node, List<Value>> nodes = new LinkedHashMap<>();
        private final List<Port> outputs = new ArrayList<>();

        private Body(String name, @Nullable Body outer) {
            this.name = name;
            this.outer = outer;
        }

        private @Nullable List<Value> find(Node node) {
            List<Value> known = nodes.get(node);
            return known != null || outer == null ? known : outer.find(node);
        }

        String name() {
            return name;
        }

        /** Returns the results of each node. */
        Map<Node, List<Value>> nodes() {
            return nodes;
        }

        List<Port> outputs() {
            return outputs;
        }
    }

    private final StateDict weights;
    private final Map<String, Value> used = new LinkedHashMap<>();
    private final Map<String, Constant> constants = new LinkedHashMap<>();
    private final List<Port> inputs = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private Body body;
    private String path;

    /**
     * Begins a computation.
     *
     * @param weights stay the caller's; each should be used in the end, see {@link #unused}
     */
    Graph(String name, StateDict weights) {
        this.weights = weights;
        this.body = new Body(name, null);
        this.path = "";
    }

    /** Declares an input with sizes that are numbers or names. */
    Value input(String name, String description, DType type, Object... sizes) {
        Value named = new Value(this, unique(name));
        inputs.add(new Port(named.name(), description, type, List.of(sizes)));
        return named;
    }

    /** Declares an output, float32, with sizes that are numbers or names. */
    void output(String name, String description, Value value, Object... sizes) {
        Value named = new Value(this, unique(name));
        body.nodes.put(new Node("Identity", value), List.of(named));
        body.outputs.add(new Port(named.name(), description, DType.FLOAT32, List.of(sizes)));
    }

    /** Builds a part of the network one step down the path. */
    Value within(String child, Supplier<Value> part) {
        String before = path;
        path = below(child);
        try {
            return part.get();
        } finally {
            path = before;
        }
    }

    private String below(String child) {
        return path.isEmpty() ? child : path + "." + child;
    }

    /** Returns true if there is a weight of that name below the path. */
    boolean has(String weight) {
        return weights.has(below(weight));
    }

    /** Returns the weight of that name below the path. */
    Value weight(String weight) {
        String key = below(weight);
        DType type = weights.dtype(key);
        if (!type.isFloatingPoint()) {
            throw new OnnxExportException("the weight '" + key + "' is " + type.torchName()
                    + ", which ONNX export cannot express; open the model in float32 or bfloat16");
        }
        return used.computeIfAbsent(key, _ -> new Value(this, unique(key)));
    }

    /** Returns the length of a weight's dimension. */
    long size(String weight, int dimension) {
        return weights.shape(below(weight)).size(dimension);
    }

    /** Returns whole numbers as a vector. */
    Value ints(long... values) {
        String name = "ints" + Arrays.toString(values).replace(" ", "");
        return constant(new Constant(name, DType.INT64, List.of((long) values.length), bytes(values)));
    }

    /** Returns a whole number as a scalar. */
    Value scalar(long value) {
        return constant(new Constant("int/" + value, DType.INT64, List.of(), bytes(value)));
    }

    /** Returns a number as a scalar. */
    Value number(double value) {
        return constant(new Constant("number/" + value, DType.FLOAT32, List.of(), bytes((float) value)));
    }

    /** Returns numbers as a vector. */
    Value vector(String name, float... values) {
        return constant(new Constant(name, DType.FLOAT32, List.of((long) values.length), bytes(values)));
    }

    private static byte[] bytes(long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        LongStream.of(values).forEach(bytes::putLong);
        return bytes.array();
    }

    private static byte[] bytes(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        IntStream.range(0, values.length).forEach(i -> bytes.putFloat(values[i]));
        return bytes.array();
    }

    private Value constant(Constant constant) {
        constants.putIfAbsent(constant.name(), constant);
        return new Value(this, constant.name());
    }

    /** Adds a node of one result. */
    Value add(Node node) {
        return add(node, 1).getFirst();
    }

    /** Adds a node of several results. */
    List<Value> add(Node node, int results) {
        List<Value> known = body.find(node);
        if (known != null) {
            return known;
        }
        String name = (path.isEmpty() ? body.name : path) + "/" + node.operator();
        List<Value> values = IntStream.range(0, results)
                .mapToObj(_ -> new Value(this, unique(name)))
                .toList();
        body.nodes.put(node, values);
        return values;
    }

    /** Joins values along a dimension; a single one is returned as it is. */
    Value concat(int axis, List<Value> parts) {
        return parts.size() == 1
                ? parts.getFirst()
                : add(new Node("Concat", parts.toArray(Value[]::new)).with("axis", axis));
    }

    /** Returns one of two values, of which only that one is computed. */
    Value either(Value condition, Supplier<Value> whenTrue, Supplier<Value> whenFalse) {
        return add(new Node("If", condition)
                .with("then_branch", branch("then", whenTrue))
                .with("else_branch", branch("else", whenFalse)));
    }

    private Body branch(String name, Supplier<Value> part) {
        Body around = body;
        body = new Body(unique(below(name)), around);
        try {
            output(body.name + "/result", "", part.get());
            return body;
        } finally {
            body = around;
        }
    }

    private String unique(String wanted) {
        String free = wanted;
        for (int i = 1; !names.add(free); i++) {
            free = wanted + "_" + i;
        }
        return free;
    }

    Body body() {
        return body;
    }

    List<Port> inputs() {
        return inputs;
    }

    List<Constant> constants() {
        return List.copyOf(constants.values());
    }

    /** Returns the weights that the computation uses, in the order in which it asks for them. */
    Map<String, Tensor> usedWeights() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        used.keySet().forEach(key -> tensors.put(key, weights.get(key)));
        return tensors;
    }

    /** Returns the weights that the computation does not use: parts of the model that would be lost. */
    List<String> unused() {
        return weights.keys().stream().filter(key -> !used.containsKey(key)).toList();
    }
}
