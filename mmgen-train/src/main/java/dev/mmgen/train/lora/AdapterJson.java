package dev.mmgen.train.lora;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** PEFT's {@code adapter_config.json}. What it can say and this library cannot do is refused by name. */
final class AdapterJson {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    /** Settings that would change the result, and the values with which they do not. */
    private static final Map<String, List<String>> NEUTRAL = neutral();

    private AdapterJson() {}

    private static Map<String, List<String>> neutral() {
        Map<String, List<String>> neutral = new LinkedHashMap<>();
        neutral.put("bias", List.of("\"none\"", "null"));
        for (String flag : List.of("use_dora", "use_rslora", "use_qalora", "fan_in_fan_out", "lora_bias")) {
            neutral.put(flag, List.of("false", "null"));
        }
        for (String table : List.of(
                "rank_pattern",
                "alpha_pattern",
                "layer_replication",
                "layers_to_transform",
                "layers_pattern",
                "exclude_modules",
                "target_parameters")) {
            neutral.put(table, List.of("{}", "[]", "null"));
        }
        return neutral;
    }

    static String write(LoraConfig config) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("peft_type", "LORA");
        json.put("task_type", null);
        json.put("base_model_name_or_path", null);
        json.put("auto_mapping", null);
        json.put("revision", null);
        json.put("inference_mode", true);
        json.put("r", config.rank());
        json.put(
                "lora_alpha",
                config.alpha() == Math.rint(config.alpha()) ? (Object) (long) config.alpha() : config.alpha());
        json.put("lora_dropout", 0.0);
        json.put(
                "target_modules",
                config.targets().stream().map(LoraTarget::moduleName).toList());
        json.put("modules_to_save", config.trainedModules().isEmpty() ? null : config.trainedModules());
        json.put("init_lora_weights", true);
        json.put("bias", "none");
        json.put("use_dora", false);
        json.put("use_rslora", false);
        json.put("fan_in_fan_out", false);
        json.put("rank_pattern", Map.of());
        json.put("alpha_pattern", Map.of());
        json.put("layers_to_transform", null);
        json.put("layers_pattern", null);
        return JSON.writeValueAsString(json) + "\n";
    }

    /** @throws IllegalArgumentException naming the setting that is missing, of another type or not supported */
    static LoraConfig parse(String text) {
        JsonNode json = tree(text);
        if (!json.path("peft_type").asString("").equals("LORA")) {
            throw new IllegalArgumentException("'peft_type' is " + json.path("peft_type") + ", not \"LORA\"");
        }
        NEUTRAL.forEach((name, values) -> {
            JsonNode value = json.get(name);
            if (value != null && !values.contains(value.toString())) {
                throw new IllegalArgumentException(
                        "'" + name + "' is " + value + ", which is not supported; only " + values.getFirst() + " is");
            }
        });
        JsonNode rank = json.path("r");
        JsonNode alpha = json.path("lora_alpha");
        if (!rank.isInt() || !alpha.isNumber()) {
            throw new IllegalArgumentException(
                    "'r' is " + rank + " and 'lora_alpha' " + alpha + "; both must be numbers");
        }
        List<String> saved = json.path("modules_to_save").isNull()
                        || json.path("modules_to_save").isMissingNode()
                ? List.of()
                : texts(json, "modules_to_save");
        return new LoraConfig(
                rank.asInt(),
                alpha.asDouble(),
                texts(json, "target_modules").stream().map(AdapterJson::target).toList(),
                saved);
    }

    private static JsonNode tree(String text) {
        try {
            JsonNode json = JSON.readTree(text);
            if (!json.isObject()) {
                throw new IllegalArgumentException("it is not a JSON object");
            }
            return json;
        } catch (JacksonException e) {
            throw new IllegalArgumentException(e.getOriginalMessage(), e);
        }
    }

    private static List<String> texts(JsonNode json, String name) {
        JsonNode list = json.path(name);
        List<String> texts = new ArrayList<>();
        for (JsonNode item : list) {
            if (!item.isString()) {
                break;
            }
            texts.add(item.asString());
        }
        if (!list.isArray() || texts.size() != list.size()) {
            throw new IllegalArgumentException("'" + name + "' is " + list + "; it must be a list of names");
        }
        return texts;
    }

    private static LoraTarget target(String name) {
        return Arrays.stream(LoraTarget.values())
                .filter(target -> ("." + target.moduleName()).endsWith("." + name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'target_modules' names '" + name + "'; known are "
                        + Arrays.stream(LoraTarget.values())
                                .map(LoraTarget::moduleName)
                                .collect(Collectors.joining(", "))));
    }
}
