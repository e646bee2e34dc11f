package dev.mmgen;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Module;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Weights and inputs that are computed from their names, so that recordings of large models need not store them. The
 * formula is in the recordings' README.
 */
public final class FormulaWeights {

    private static final List<String> TABLES = List.of("pos_embed", "cls_token", "mask_token", "register_tokens");

    private FormulaWeights() {}

    /** Gives all trainable parameters of a module their values; constants are left alone. */
    public static void fill(Module module, String keyPrefix) {
        try (TensorScope _ = TensorScope.open()) {
            module.parameters().forEach((key, parameter) -> {
                if (!parameter.isFrozen()) {
                    parameter.set(weight(keyPrefix, key, parameter.shape()));
                }
            });
        }
    }

    /** Returns the weight of a name. */
    public static Tensor weight(String keyPrefix, String key, Shape shape) {
        double base = 0;
        double scale;
        if (TABLES.stream().anyMatch(key::endsWith)) {
            scale = 0.5;
        } else if (key.endsWith(".gamma")) {
            base = 0.5;
            scale = 0.25;
        } else if (shape.rank() == 1) {
            boolean factor = key.endsWith(".weight");
            base = factor ? 1 : 0;
            scale = factor ? 0.1 : 0.05;
        } else {
            scale = Math.sqrt(3.0 / (shape.elements() / shape.size(0)));
        }
        return tensor(keyPrefix + key, shape, base, scale);
    }

    /**
     * Returns an input.
     *
     * @param name        for example {@code input/image}
     * @param description its entry in a manifest: shape, base, scale
     */
    public static Tensor input(String keyPrefix, String name, JsonNode description) {
        long[] sizes = description
                .get("shape")
                .valueStream()
                .mapToLong(JsonNode::asLong)
                .toArray();
        return tensor(
                keyPrefix + name,
                Shape.of(sizes),
                description.get("base").asDouble(),
                description.get("scale").asDouble());
    }

    private static Tensor tensor(String name, Shape shape, double base, double scale) {
        float[] values = new float[Math.toIntExact(shape.elements())];
        long hash = fnv1a(name);
        IntStream.range(0, values.length)
                .parallel()
                .forEach(i -> values[i] = (float) (base + scale * element(hash, i)));
        return Torch.tensor(values, shape.toArray());
    }

    private static long fnv1a(String name) {
        long hash = 0xCBF29CE484222325L;
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001B3L;
        }
        return hash;
    }

    /** In [-1, 1). */
    private static double element(long hash, long index) {
        long z = hash + (index + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        z ^= z >>> 31;
        return 2 * ((z >>> 40) * 0x1p-24) - 1;
    }
}
