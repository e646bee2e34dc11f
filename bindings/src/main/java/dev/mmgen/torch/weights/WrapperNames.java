package dev.mmgen.torch.weights;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The parts of tensor names that wrappers of PyTorch add: {@code module.} before all names (DataParallel,
 * DistributedDataParallel) and {@code _orig_mod.} wherever a module was compiled.
 */
final class WrapperNames {

    private static final String PARALLEL = "module.";
    private static final String COMPILED = "_orig_mod";

    private WrapperNames() {}

    /** Returns a map under the names without wrappers; the map itself if two names would become one. */
    static <T> Map<String, T> removed(Map<String, T> named) {
        Map<String, T> renamed = new LinkedHashMap<>();
        named.forEach((key, value) -> renamed.put(withoutCompiled(key), value));
        Map<String, T> result = renamed;
        while (!result.isEmpty() && result.keySet().stream().allMatch(key -> key.startsWith(PARALLEL))) {
            Map<String, T> inner = new LinkedHashMap<>();
            result.forEach((key, value) -> inner.put(key.substring(PARALLEL.length()), value));
            result = inner;
        }
        return Collections.unmodifiableMap(result.size() == named.size() ? result : named);
    }

    private static String withoutCompiled(String key) {
        return key.contains(COMPILED)
                ? Stream.of(key.split("\\.", -1))
                        .filter(part -> !part.equals(COMPILED))
                        .collect(Collectors.joining("."))
                : key;
    }
}
