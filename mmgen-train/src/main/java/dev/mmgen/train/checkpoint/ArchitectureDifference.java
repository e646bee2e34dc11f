package dev.mmgen.train.checkpoint;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.weights.StateDict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The difference between two models, by the names of parameters and settings. */
public final class ArchitectureDifference {

    private static final int SHOWN_KEYS = 3;

    private ArchitectureDifference() {}

    /**
     * Checks that a model on disk has the shape that is wanted.
     *
     * @param file   names it
     * @param wanted what is to be trained
     * @param found  what the file holds
     * @throws CheckpointException naming keys and settings that differ
     */
    public static void requireNone(Path file, TransformerConfig wanted, TransformerConfig found) {
        if (!found.equals(wanted)) {
            String keys = keys(shapes(wanted), shapes(found));
            throw new CheckpointException(file + " is of another architecture: " + (keys.isEmpty() ? "" : keys + "; ")
                    + "of its settings " + SettingDifference.between(wanted, found));
        }
    }

    private static Map<String, Shape> shapes(TransformerConfig config) {
        try (DiffusionTransformer outline = new DiffusionTransformer(config)) {
            return shapes(outline.parameters());
        }
    }

    private static Map<String, Shape> shapes(Map<String, Parameter> parameters) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        parameters.forEach((key, parameter) -> shapes.put(key, parameter.shape()));
        return shapes;
    }

    /** Returns text such as {@code 'a' is missing, 'b' is [2], not [3] and 7 more}; empty if all agree. */
    public static String keys(Map<String, Parameter> wanted, StateDict found) {
        Map<String, Shape> actual = new LinkedHashMap<>();
        found.keys().forEach(key -> actual.put(key, found.shape(key)));
        return keys(shapes(wanted), actual);
    }

    private static String keys(Map<String, Shape> wanted, Map<String, Shape> found) {
        List<String> faults = new ArrayList<>();
        wanted.forEach((key, shape) -> {
            Shape actual = found.get(key);
            if (actual == null) {
                faults.add("'" + key + "' is missing");
            } else if (!actual.equals(shape)) {
                faults.add("'" + key + "' is " + actual + ", not " + shape);
            }
        });
        found.keySet().stream()
                .filter(key -> !wanted.containsKey(key))
                .forEach(key -> faults.add("'" + key + "' is unknown"));
        String more = faults.size() > SHOWN_KEYS ? " and " + (faults.size() - SHOWN_KEYS) + " more" : "";
        return String.join(", ", faults.subList(0, Math.min(SHOWN_KEYS, faults.size()))) + more;
    }
}
