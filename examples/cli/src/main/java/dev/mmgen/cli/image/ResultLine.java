package dev.mmgen.cli.image;

import dev.mmgen.MultiModalImage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * An image as a JSON object: its files, and how it was drawn, which are the texts of its trace with numbers as numbers.
 *
 * @param files by what they show; the first is the image's own
 */
record ResultLine(MultiModalImage image, Map<String, Path> files) {

    private static final Set<String> INTEGERS = Set.of("Seed", "Image", "Steps", "Category", "Ensemble");
    private static final Set<String> DECIMALS = Set.of("Strength", "Shift", "Condition guidance");
    private static final Set<String> LISTS = Set.of("Conditions", "Inpainted");

    Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("file", files.values().iterator().next().toString());
        Map<String, String> names = new LinkedHashMap<>();
        files.forEach((what, file) -> names.put(what, file.toString()));
        fields.put("files", names);
        fields.put("width", image.width());
        fields.put("height", image.height());
        fields.putAll(settings(image.trace()));
        return fields;
    }

    /** Returns how an image was drawn; without the size, which it has itself. */
    static Map<String, Object> settings(Map<String, String> trace) {
        Map<String, Object> settings = new LinkedHashMap<>();
        trace.forEach((keyword, text) -> {
            if (keyword.equals("Guidance")) {
                guidance(text, settings);
            } else if (!keyword.equals("Size")) {
                settings.put(name(keyword), value(keyword, text));
            }
        });
        return settings;
    }

    /** Puts a scale, and where there are some the times between which it applies, as in {@code 3.0 from 0.3 to 1.0}. */
    private static void guidance(String text, Map<String, Object> settings) {
        List<Double> numbers =
                Stream.of(text.split(" from | to ")).map(Double::valueOf).toList();
        settings.put("guidance", numbers.getFirst());
        if (numbers.size() == 3) {
            settings.put("guidanceInterval", numbers.subList(1, 3));
        }
    }

    private static String name(String keyword) {
        return keyword.equals("Condition guidance") ? "conditionGuidance" : keyword.toLowerCase(Locale.ROOT);
    }

    private static Object value(String keyword, String text) {
        if (INTEGERS.contains(keyword)) {
            return Long.parseLong(text);
        }
        if (DECIMALS.contains(keyword)) {
            return Double.parseDouble(text);
        }
        if (keyword.equals("Times")) {
            return Stream.of(text.split(", ")).map(Double::valueOf).toList();
        }
        return LISTS.contains(keyword) ? List.of(text.split(", ")) : text;
    }
}
