package dev.mmgen.train.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.torch.json.Json;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** The difference between two groups of settings, by their full names such as {@code model.width}. */
public final class SettingDifference {

    private static final String ABSENT = "absent";

    private SettingDifference() {}

    /** Returns text such as {@code width is 384, not 1152; depth is 12, not 28}; empty if all agree. */
    public static String between(Record wanted, Record found) {
        return between(Json.COMPACT.write(wanted), Json.COMPACT.write(found));
    }

    /** Returns the same for settings as JSON. */
    public static String between(String wanted, String found) {
        Map<String, String> expected = flat(wanted);
        Map<String, String> actual = flat(found);
        Set<String> names = new LinkedHashSet<>(actual.keySet());
        names.addAll(expected.keySet());
        return names.stream()
                .filter(name -> !Objects.equals(actual.get(name), expected.get(name)))
                .map(name -> name + " is " + actual.getOrDefault(name, ABSENT) + ", not "
                        + expected.getOrDefault(name, ABSENT))
                .collect(Collectors.joining("; "));
    }

    private static Map<String, String> flat(String settings) {
        Map<String, String> flat = new LinkedHashMap<>();
        flatten("", Json.COMPACT.tree(settings), flat);
        return flat;
    }

    private static void flatten(String place, JsonNode node, Map<String, String> flat) {
        for (Map.Entry<String, JsonNode> setting : node.properties()) {
            String name = place + setting.getKey();
            if (setting.getValue().isObject()) {
                flatten(name + ".", setting.getValue(), flat);
            } else if (!setting.getValue().isNull()) {
                flat.put(name, setting.getValue().toString());
            }
        }
    }
}
