package dev.mmgen.train;

import dev.mmgen.torch.weights.SimilarName;
import dev.mmgen.train.lora.LoraConfig;
import dev.mmgen.train.loss.TimeDistribution;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Plans as JSON. What a text says is laid over a default plan, whose names are the known ones. Groups that the default plan
 * leaves out have defaults of their own.
 */
public final class PlanJson {

    private static final long MAX_BYTES = 1 << 20;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private static final Map<String, Object> OPTIONAL =
            Map.of("lora", LoraConfig.DEFAULT, "objective.logitNormalTimes", new TimeDistribution.LogitNormal(0, 1));

    private PlanJson() {}

    /**
     * Reads a plan.
     *
     * @param defaults what settings have that the file leaves out
     * @throws TrainingException if the file is missing, is no JSON, or has a setting that is unknown or out of range; the
     *     message names it, and the nearest known one
     */
    public static <P extends Record> P read(Path file, P defaults) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new TrainingException(file + " is over " + MAX_BYTES + " bytes long; this is no plan");
            }
            return parse(file.toString(), Files.readString(file, StandardCharsets.UTF_8), defaults);
        } catch (IOException e) {
            throw new TrainingException(file + " cannot be read: " + e, e);
        }
    }

    /**
     * Reads a plan from JSON text, see {@link #read}.
     *
     * @param origin names the text in messages
     */
    @SuppressWarnings("unchecked")
    public static <P extends Record> P parse(String origin, String text, P defaults) {
        try {
            ObjectNode settings = JSON.valueToTree(defaults);
            overlay(origin, "", settings, JSON.readTree(text));
            return (P) JSON.treeToValue(settings, defaults.getClass());
        } catch (JacksonException e) {
            throw new TrainingException(origin + " is not a training plan: " + reason(e), e);
        }
    }

    private static String reason(JacksonException e) {
        Throwable cause = e.getCause();
        return cause instanceof IllegalArgumentException ? String.valueOf(cause.getMessage()) : e.getOriginalMessage();
    }

    private static void overlay(String origin, String place, ObjectNode known, JsonNode given) {
        if (!given.isObject()) {
            throw new TrainingException(
                    origin + (place.isEmpty() ? "" : " at '" + place.substring(0, place.length() - 1) + "'")
                            + " is not a JSON object");
        }
        for (Map.Entry<String, JsonNode> setting : given.properties()) {
            String name = setting.getKey();
            JsonNode before = known.get(name);
            if (before == null) {
                throw unknown(origin, place + name, name, new ArrayList<>(known.propertyNames()));
            }
            if (before.isNull()
                    && OPTIONAL.containsKey(place + name)
                    && !setting.getValue().isNull()) {
                before = JSON.valueToTree(OPTIONAL.get(place + name));
                known.set(name, before);
            }
            if (before instanceof ObjectNode group) {
                overlay(origin, place + name + ".", group, setting.getValue());
            } else {
                known.set(name, setting.getValue());
            }
        }
    }

    private static TrainingException unknown(String origin, String place, String name, List<String> known) {
        return new TrainingException(origin + " has an unknown setting '" + place + "'; the nearest known one is '"
                + place.substring(0, place.length() - name.length()) + SimilarName.find(name, known) + "'");
    }

    /** Returns all settings as indented JSON. */
    public static String write(Record plan) {
        return JSON.writeValueAsString(plan) + "\n";
    }

    /** Returns every setting that is given by its full name, such as {@code model.width}. */
    static Map<String, String> flat(Object settings) {
        Map<String, String> flat = new LinkedHashMap<>();
        flatten("", JSON.valueToTree(settings), flat);
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
