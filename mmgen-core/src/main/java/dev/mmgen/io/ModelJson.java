package dev.mmgen.io;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;

/** A model's settings, or a part of them, as JSON. Every setting must be there, be known, and have its type. */
final class ModelJson {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(
                    DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .build();

    private ModelJson() {}

    /**
     * @throws IllegalArgumentException naming the setting that is missing, unknown, of another type or out of range
     */
    static <T> T parse(byte[] json, Class<T> type) {
        try {
            T settings = MAPPER.readValue(json, type);
            if (settings == null) {
                throw new IllegalArgumentException("there is null in place of an object");
            }
            return settings;
        } catch (JacksonException e) {
            throw new IllegalArgumentException(reason(e), e);
        }
    }

    static String write(Object settings) {
        return MAPPER.writeValueAsString(settings) + "\n";
    }

    private static String reason(JacksonException e) {
        if (e.getCause() instanceof IllegalArgumentException broken) {
            return String.valueOf(broken.getMessage());
        }
        if (e instanceof UnrecognizedPropertyException unknown) {
            return "there is no setting '" + path(e) + "'; known there are " + unknown.getKnownPropertyIds();
        }
        String where = path(e);
        // Jackson appends the switch of its own that made it strict.
        String problem = e.getOriginalMessage().replaceFirst("; `DeserializationFeature.*", "");
        return (where.isEmpty() ? "" : "setting '" + where + "': ") + problem;
    }

    /** Returns the place in the settings, for example {@code transformer.width}. */
    private static String path(JacksonException e) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference step : e.getPath()) {
            String name = step.getPropertyName();
            path.append(name == null ? "[" + step.getIndex() + "]" : path.isEmpty() ? name : "." + name);
        }
        return path.toString();
    }
}
