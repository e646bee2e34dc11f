package dev.mmgen.onnx;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One application of an operator of ONNX's default domain (<a href="https://onnx.ai/onnx/operators">its list</a>). Two nodes
 * are equal if they compute the same.
 *
 * @param operator   its name, such as {@code MatMul}
 * @param inputs     its arguments
 * @param attributes by name: {@link Long}, {@link Float}, {@link String}, {@link Graph.Body} or a list of {@link Long}
 */
record Node(String operator, List<Value> inputs, Map<String, Object> attributes) {

    Node(String operator, Value... inputs) {
        this(operator, List.of(inputs), Map.of());
    }

    Node with(String name, long value) {
        return withAttribute(name, value);
    }

    Node with(String name, float value) {
        return withAttribute(name, value);
    }

    Node with(String name, String value) {
        return withAttribute(name, value);
    }

    Node with(String name, List<Long> values) {
        return withAttribute(name, List.copyOf(values));
    }

    Node with(String name, Graph.Body value) {
        return withAttribute(name, value);
    }

    private Node withAttribute(String name, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(attributes);
        more.put(name, value);
        return new Node(operator, inputs, more);
    }
}
