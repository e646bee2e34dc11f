package dev.mmgen.train;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.torch.io.ShortText;
import dev.mmgen.torch.json.Json;
import dev.mmgen.torch.json.JsonException;
import dev.mmgen.torch.weights.SimilarName;
import dev.mmgen.train.loss.ConditioningRecipe;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Plans as JSON. What a text says is laid over a default plan, whose names are the known ones. Groups that the default plan
 * leaves out have defaults of their own, and so has a part whose {@code type} is another one than the default plan's. Names
 * of before are still read, with a note on the log.
 */
public final class PlanJson {

    private static final int MAX_BYTES = 1 << 20;
    private static final Json JSON = Json.of(Json.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .addModule(PartJson.module()));

    private static final Map<String, Object> OPTIONAL = Map.of("lora", LoraConfig.DEFAULT);

    /** The place of settings that may be given as the name of a {@linkplain ConditioningRecipe#named ready-made recipe}. */
    private static final String RECIPE = "loss.conditioning";

    private final String origin;

    private PlanJson(String origin) {
        this.origin = origin;
    }

    /**
     * Reads a plan.
     *
     * @param defaults what settings have that the file leaves out
     * @throws TrainingException if the file is missing, is no JSON, or has a setting that is unknown or out of range; the
     *     message names file and setting, and the nearest known one
     */
    public static <P extends Record> P read(Path file, P defaults) {
        return parse(file.toString(), text(file), defaults);
    }

    /**
     * Reads the text of a plan, for {@link #parse}. A pipe gives it once.
     *
     * @throws TrainingException if the file is missing, too large, or no UTF-8 text
     */
    public static String text(Path file) {
        try {
            return ShortText.read(file, MAX_BYTES);
        } catch (CharacterCodingException e) {
            throw new TrainingException(file + " is not UTF-8 text; save it as such", e);
        } catch (IOException e) {
            throw new TrainingException(
                    Files.exists(file)
                            ? file + " cannot be read: " + FileReason.reading(e)
                            : "there is no plan " + file,
                    e);
        }
    }

    /**
     * Reads a plan from JSON text, see {@link #read}.
     *
     * @param origin names the text in messages
     */
    @SuppressWarnings("unchecked")
    public static <P extends Record> P parse(String origin, String text, P defaults) {
        return (P) new PlanJson(origin).parse(text, defaults);
    }

    private Record parse(String text, Record defaults) {
        try {
            ObjectNode settings = JSON.toTree(defaults);
            ObjectNode given = requireObject("", JSON.tree(withoutMark(text)));
            ObjectNode wanted = OldPlan.translate(origin, given, settings, JSON);
            overlay("", settings, wanted);
            fitProjectionDepth(settings.path("model"), wanted.path("model"));
            return JSON.read(settings, defaults.getClass());
        } catch (JsonException e) {
            throw new TrainingException(origin + " is not a training plan: " + PlanFault.reason(e), e);
        }
    }

    /** Editors of some systems begin a file with a byte-order mark. */
    private static String withoutMark(String text) {
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    /** A model of few blocks is aligned after its last unless the text says otherwise. */
    private static void fitProjectionDepth(JsonNode model, JsonNode wanted) {
        int depth = model.path("depth").asInt(0);
        boolean own = wanted.has("projectionDepth") || !wanted.has("depth");
        if (model instanceof ObjectNode settings && !own && depth >= 1) {
            int before = model.path("projectionDepth").asInt(depth);
            settings.put("projectionDepth", Math.min(before, depth));
        }
    }

    private ObjectNode requireObject(String place, JsonNode given) {
        if (given instanceof ObjectNode object) {
            return object;
        }
        throw new TrainingException(origin + (place.isEmpty() ? "" : " at '" + place + "'") + " is not a JSON object");
    }

    private void overlay(String place, ObjectNode known, ObjectNode given) {
        for (Map.Entry<String, JsonNode> setting : given.properties()) {
            String name = setting.getKey();
            String full = place.isEmpty() ? name : place + "." + name;
            JsonNode before = known.get(name);
            JsonNode value = setting.getValue();
            if (before == null) {
                throw unknown(full, name, known);
            }
            if (before.isNull() && OPTIONAL.containsKey(full) && !value.isNull()) {
                before = JSON.toTree(OPTIONAL.get(full));
                known.set(name, before);
            }
            if (value.isNull() && !before.isNull() && !OPTIONAL.containsKey(full)) {
                throw new TrainingException(
                        origin + " has '" + full + "' of null; leave it out for its default, which is " + before);
            }
            if (full.equals(RECIPE) && value.isTextual()) {
                known.set(name, recipe(value.asText()));
            } else if (before instanceof ObjectNode group) {
                ObjectNode wanted = requireObject(full, value);
                overlay(full, ofType(full, group, wanted, known, name), wanted);
            } else {
                requireValues(full, value);
                known.set(name, value);
            }
        }
    }

    /** No list of a plan has room for null. */
    private void requireValues(String place, JsonNode list) {
        for (int i = 0; i < list.size(); i++) {
            JsonNode element = list.path(i);
            if (element.isNull()) {
                throw new TrainingException(origin + " has '" + place + "' with null at place " + (i + 1)
                        + "; give a value, or leave it out");
            }
            requireValues(place, element);
        }
    }

    /** Returns the settings that a part of the wanted type has before any is given. */
    private ObjectNode ofType(String place, ObjectNode group, ObjectNode wanted, ObjectNode home, String name) {
        JsonNode type = wanted.get(PartJson.TYPE);
        JsonNode before = group.get(PartJson.TYPE);
        if (type == null || before == null || type.equals(before)) {
            return group;
        }
        Optional<Object> defaults = PartJson.defaults(type.asText(""));
        // Without defaults, as of mixed conditions, what is given is all there is.
        ObjectNode fresh = defaults.isPresent() ? JSON.toTree(defaults.get()) : given(place, wanted);
        home.set(name, fresh);
        return fresh;
    }

    private ObjectNode given(String place, ObjectNode wanted) {
        for (Map.Entry<String, JsonNode> setting : wanted.properties()) {
            String full = place + "." + setting.getKey();
            if (setting.getValue().isNull()) {
                throw new TrainingException(origin + " has '" + full + "' of null; give a value, or leave it out");
            }
            if (setting.getValue() instanceof ObjectNode part) {
                given(full, part);
            }
        }
        return wanted.deepCopy();
    }

    private JsonNode recipe(String name) {
        ConditioningRecipe recipe = ConditioningRecipe.named().get(name);
        if (recipe == null) {
            throw new TrainingException(origin + " has '" + RECIPE + "' of '" + name + "'; it must be one of "
                    + String.join(", ", ConditioningRecipe.named().keySet()) + ", or its settings");
        }
        return JSON.toTree(recipe);
    }

    private TrainingException unknown(String place, String name, ObjectNode known) {
        return new TrainingException(origin + " has an unknown setting '" + place + "'; the nearest known one is '"
                + place.substring(0, place.length() - name.length())
                + SimilarName.find(
                        name, known.properties().stream().map(Map.Entry::getKey).toList()) + "'");
    }

    /** Returns all settings as indented JSON. */
    public static String write(Record plan) {
        return JSON.write(plan) + "\n";
    }

    /**
     * Returns all settings as JSON in which a comment before each says what it means and what it is in the official recipe.
     * {@link #read} takes it as it is.
     */
    public static String described(TrainingPlan plan) {
        return PlanComments.add(write(plan), JSON.toTree(TrainingPlan.released()));
    }
}
