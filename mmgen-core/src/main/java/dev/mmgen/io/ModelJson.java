package dev.mmgen.io;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.torch.json.Json;
import dev.mmgen.torch.json.JsonException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The JSON form of a model's settings or a part of them. Every setting must be there, be known, and have its type. */
final class ModelJson {

    private static final Json JSON = Json.of(Json.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(
                    DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS));

    /** Settings that files of before lack, of the model, its transformer, its sampling and guidance. */
    private static final Map<String, JsonNode> LATER =
            Map.of("codings", JSON.object(), "optional", JSON.tree("[]"), "distilled", JSON.tree("[]"));

    private static final Map<String, JsonNode> LATER_SHAPE = Map.of("flowMapDepth", JSON.tree("0"));

    private static final Map<String, JsonNode> LATER_SAMPLING = Map.of("shift", JSON.tree("1.0"));

    private static final Map<String, JsonNode> LATER_GUIDANCE = Map.of("conditionScale", JSON.tree("1.0"));

    private static final Pattern MISSING = Pattern.compile("^Missing (?:required )?creator property '([^']*)'");

    private ModelJson() {}

    /**
     * @throws IllegalArgumentException naming the setting that is missing, unknown, of another type or out of range
     */
    static <T> T parse(byte[] json, Class<T> type) {
        try {
            T settings = read(json, type);
            if (settings == null) {
                throw new IllegalArgumentException("null stands in place of an object");
            }
            return settings;
        } catch (JsonException e) {
            throw new IllegalArgumentException(reason(e), e);
        }
    }

    private static <T> @Nullable T read(byte[] json, Class<T> type) {
        JsonNode settings;
        try {
            settings = completed(JSON.tree(json));
        } catch (JsonException e) {
            // What is no JSON at all is told of by the reader of the type, which names it.
            return JSON.read(json, type);
        }
        return JSON.read(settings, type);
    }

    /** Adds the settings that files of before lack. */
    private static JsonNode completed(JsonNode settings) {
        if (settings instanceof ObjectNode config) {
            if (config.has("transformer")) {
                complete(config, LATER);
            }
            if (config.get("transformer") instanceof ObjectNode shape) {
                complete(shape, LATER_SHAPE);
            }
            completeSampling(config.get("sampling"));
            completeSampling(config.get("reading"));
        }
        return settings;
    }

    private static void completeSampling(@Nullable JsonNode settings) {
        if (settings instanceof ObjectNode sampling) {
            complete(sampling, LATER_SAMPLING);
            if (sampling.get("guidance") instanceof ObjectNode guidance) {
                complete(guidance, LATER_GUIDANCE);
            }
        }
    }

    private static void complete(ObjectNode settings, Map<String, JsonNode> later) {
        later.forEach((name, value) -> {
            if (!settings.has(name)) {
                settings.set(name, value.deepCopy());
            }
        });
    }

    static String write(ModelConfig config) {
        requireStored(config.latents());
        return json(config);
    }

    static String write(LatentNormalization latents) {
        requireStored(latents);
        return json(latents);
    }

    static String write(StudentSettings student) {
        return json(student);
    }

    private static void requireStored(LatentNormalization latents) {
        if (!(latents instanceof LatentNormalization.Stored)) {
            throw new IllegalStateException(
                    "the latent normalization " + latents.getClass().getName()
                            + " has no form in JSON; write a Scaling or Statistics, and give yours to the encoder and decoder");
        }
    }

    private static String json(Object settings) {
        return JSON.write(settings) + "\n";
    }

    private static String reason(JsonException e) {
        JacksonException fault = e.fault();
        if (fault.getCause() instanceof IllegalArgumentException broken) {
            return String.valueOf(broken.getMessage());
        }
        String where = path(fault);
        if (fault.getCause() instanceof NullPointerException) {
            return (where.isEmpty() ? "a setting" : "setting '" + where + "'")
                    + " is a list that holds null in place of a value";
        }
        if (fault instanceof UnrecognizedPropertyException unknown) {
            return "there is no setting '" + where + "'; those known are " + known(unknown);
        }
        if (fault instanceof InvalidTypeIdException unknown
                && unknown.getBaseType().hasRawClass(LatentNormalization.class)) {
            return (where.isEmpty() ? "it" : "setting '" + where + "'")
                    + " must be {\"factor\": X} or {\"means\": [[...]], \"deviations\": [[...]]}";
        }
        Matcher missing = MISSING.matcher(String.valueOf(e.getMessage()));
        if (missing.find()) {
            return "setting '" + (where.isEmpty() ? missing.group(1) : where) + "' is missing";
        }
        if (where.isEmpty()) {
            return String.valueOf(e.getMessage());
        }
        return e.expected()
                .map(kind -> "setting '" + where + "' must be " + kind)
                .orElseGet(() -> "setting '" + where + "': " + e.getMessage());
    }

    /** In their order; Jackson's own list has none. */
    private static Collection<?> known(UnrecognizedPropertyException unknown) {
        RecordComponent[] settings = unknown.getReferringClass().getRecordComponents();
        return settings == null
                ? unknown.getKnownPropertyIds()
                : Arrays.stream(settings).map(RecordComponent::getName).toList();
    }

    /** Returns the place in the settings, for example {@code transformer.width}. */
    private static String path(JacksonException e) {
        StringBuilder path = new StringBuilder();
        if (!(e instanceof JsonMappingException placed)) {
            return "";
        }
        for (JsonMappingException.Reference step : placed.getPath()) {
            String name = step.getFieldName();
            path.append(name == null ? "[" + step.getIndex() + "]" : path.isEmpty() ? name : "." + name);
        }
        return path.toString();
    }
}
