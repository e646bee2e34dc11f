package dev.mmgen.lora;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.torch.json.Json;
import dev.mmgen.torch.json.JsonException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** PEFT's {@code adapter_config.json}. A setting that this library does not have is refused by name. */
final class AdapterJson {

    /** Settings that would change the result, and the values with which they do not. */
    private static final Map<String, List<String>> NEUTRAL = neutral();

    /** Initialisations that leave the base as it is, so that nothing has to be known of them when an adapter is loaded. */
    private static final Set<String> KEEPS_BASE =
            Set.of("true", "false", "null", "\"gaussian\"", "\"eva\"", "\"orthogonal\"");

    private AdapterJson() {}

    private static Map<String, List<String>> neutral() {
        Map<String, List<String>> neutral = new LinkedHashMap<>();
        neutral.put("bias", List.of("\"none\"", "null"));
        for (String flag : List.of("use_dora", "use_qalora", "fan_in_fan_out", "lora_bias")) {
            neutral.put(flag, List.of("false", "null"));
        }
        for (String table : List.of(
                "layer_replication",
                "layers_to_transform",
                "layers_pattern",
                "exclude_modules",
                "target_parameters",
                "trainable_token_indices",
                "alora_invocation_tokens",
                "arrow_config")) {
            neutral.put(table, List.of("null", "[]", "{}"));
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
        json.put("lora_alpha", number(config.alpha()));
        json.put("lora_dropout", 0.0);
        json.put(
                "target_modules",
                config.targets().stream().map(LoraTarget::moduleName).toList());
        json.put("modules_to_save", config.trainedModules().isEmpty() ? null : config.trainedModules());
        json.put("init_lora_weights", true);
        json.put("bias", "none");
        json.put("use_dora", false);
        json.put("use_rslora", config.rankStabilized());
        json.put("fan_in_fan_out", false);
        json.put("rank_pattern", pattern(config, LoraConfig.MapSettings::rank));
        json.put("alpha_pattern", pattern(config, LoraConfig.MapSettings::alpha));
        json.put("layers_to_transform", null);
        json.put("layers_pattern", null);
        return Json.INDENTED.write(json) + "\n";
    }

    private static Map<String, Number> pattern(
            LoraConfig config, Function<LoraConfig.MapSettings, @Nullable Number> setting) {
        Map<String, Number> pattern = new LinkedHashMap<>();
        for (LoraConfig.MapSettings settings : config.mapSettings()) {
            Number own = setting.apply(settings);
            if (own != null) {
                pattern.putIfAbsent(settings.maps(), number(own.doubleValue()));
            }
        }
        return pattern;
    }

    /** PEFT writes whole numbers without a fraction. */
    private static Number number(double value) {
        return value == Math.rint(value) ? (Number) (long) value : (Number) value;
    }

    /** @throws IllegalArgumentException naming the setting that is missing, of another type or not supported */
    static LoraConfig parse(String text) {
        JsonNode json = tree(text);
        if (!json.path("peft_type").asText("").equals("LORA")) {
            throw new IllegalArgumentException("'peft_type' is " + json.path("peft_type") + ", not \"LORA\"");
        }
        NEUTRAL.forEach((name, values) -> {
            JsonNode value = json.get(name);
            if (value != null && !values.contains(value.toString())) {
                throw new IllegalArgumentException(
                        "'" + name + "' is " + value + ", which is not supported; only " + values.getFirst() + " is");
            }
        });
        requireSameBase(json.path("init_lora_weights"));
        JsonNode rank = json.path("r");
        JsonNode alpha = json.path("lora_alpha");
        if (!rank.isInt() || !alpha.isNumber()) {
            throw new IllegalArgumentException(
                    "'r' is " + rank + " and 'lora_alpha' " + alpha + "; both must be numbers");
        }
        boolean noModules = json.path("modules_to_save").isNull()
                || json.path("modules_to_save").isMissingNode();
        return new LoraConfig(
                rank.asInt(),
                alpha.asDouble(),
                texts(json, "target_modules").stream().map(AdapterJson::target).toList(),
                noModules ? List.of() : texts(json, "modules_to_save"),
                flag(json, "use_rslora"),
                mapSettings(json));
    }

    private static void requireSameBase(JsonNode initialisation) {
        if (!initialisation.isMissingNode() && !KEEPS_BASE.contains(initialisation.toString())) {
            throw new IllegalArgumentException("'init_lora_weights' is " + initialisation
                    + ", which belongs to a base with changed weights; save it as a plain LoRA adapter, with PEFT's"
                    + " save_pretrained(folder, path_initial_model_for_weight_conversion=...)");
        }
    }

    private static boolean flag(JsonNode json, String name) {
        JsonNode value = json.path(name);
        if (!value.isMissingNode() && !value.isNull() && !value.isBoolean()) {
            throw new IllegalArgumentException("'" + name + "' is " + value + "; it must be true or false");
        }
        return value.asBoolean(false);
    }

    private static List<LoraConfig.MapSettings> mapSettings(JsonNode json) {
        List<LoraConfig.MapSettings> settings = new ArrayList<>();
        for (var entry : table(json, "rank_pattern")) {
            if (!entry.getValue().isInt()) {
                throw notANumber("rank_pattern", entry);
            }
            settings.add(LoraConfig.MapSettings.ofRank(
                    entry.getKey(), entry.getValue().asInt()));
        }
        for (var entry : table(json, "alpha_pattern")) {
            if (!entry.getValue().isNumber()) {
                throw notANumber("alpha_pattern", entry);
            }
            settings.add(LoraConfig.MapSettings.ofAlpha(
                    entry.getKey(), entry.getValue().asDouble()));
        }
        return settings;
    }

    private static Set<Map.Entry<String, JsonNode>> table(JsonNode json, String name) {
        JsonNode table = json.path(name);
        if (!table.isMissingNode() && !table.isNull() && !table.isObject()) {
            throw new IllegalArgumentException(
                    "'" + name + "' is " + table + "; it must be a table of names and numbers");
        }
        return table.properties();
    }

    private static IllegalArgumentException notANumber(String name, Map.Entry<String, JsonNode> entry) {
        return new IllegalArgumentException("'" + name + "' has " + entry.getValue() + " for '" + entry.getKey()
                + "'; it must be a " + (name.equals("rank_pattern") ? "whole number" : "number"));
    }

    private static JsonNode tree(String text) {
        try {
            JsonNode json = Json.COMPACT.tree(text);
            if (!json.isObject()) {
                throw new IllegalArgumentException("it is not a JSON object");
            }
            return json;
        } catch (JsonException e) {
            throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
        }
    }

    private static List<String> texts(JsonNode json, String name) {
        JsonNode list = json.path(name);
        List<String> texts = new ArrayList<>();
        for (JsonNode item : list) {
            if (!item.isTextual()) {
                break;
            }
            texts.add(item.asText());
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
