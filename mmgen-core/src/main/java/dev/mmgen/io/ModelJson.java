package dev.mmgen.io;

import dev.mmgen.codec.LatentNormalization;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;

/** The JSON form of a model's settings or a part of them. Every setting must be there, be known, and have its type. */
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
                throw new IllegalArgumentException("null stands in place of an object");
            }
            return settings;
        } catch (JacksonException e) {
            throw new IllegalArgumentException(reason(e), e);
        }
    }

    static String write(ModelConfig config) {
        requireStored(config.latents());
        return json(config);
    }

    static String write(LatentNormalization latents) {
        requireStored(latents);
        return json(latents);
    }

    private static void requireStored(LatentNormalization latents) {
        if (!(latents instanceof LatentNormalization.Stored)) {
            throw new IllegalStateException(
                    "the latent normalization " + latents.getClass().getName()
                            + " has no form in JSON; write a Scaling or Statistics, and give yours to the encoder and decoder");
        }
    }

    private static String json(Object settings) {
        return MAPPER.writeValueAsString(settings) + "\n";
    }

    private static String reason(JacksonException e) {
        if (e.getCause() instanceof IllegalArgumentException broken) {
            return String.valueOf(broken.getMessage());
        }
        if (e instanceof UnrecognizedPropertyException unknown) {
            return "there is no setting '" + path(e) + "'; those known are " + unknown.getKnownPropertyIds();
        }
        String where = path(e);
        // Jackson appends the name of the feature that makes it strict.
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
