package dev.mmgen.torch.json;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/**
 * A reader and writer of JSON, by any Jackson 2 from 2.19 on: Spring Boot 3.5 and 4 both manage such versions, and none of
 * Jackson 3 whose annotations suit both. Safe for any thread.
 */
public final class Json {

    /** On one line. */
    public static final Json COMPACT = of(builder());

    /** On indented lines. */
    public static final Json INDENTED = of(builder().enable(SerializationFeature.INDENT_OUTPUT));

    private static final int MAX_DEPTH = 500;

    private final JsonMapper mapper;

    private Json(JsonMapper mapper) {
        this.mapper = mapper;
    }

    /** Returns a reader and writer of these settings. */
    public static Json of(JsonMapper.Builder settings) {
        return new Json(settings.build());
    }

    /**
     * Returns settings to change. Text ends with its value, no object has a name twice, numbers and flags are never null, and
     * unknown names are ignored; lines end alike on every system.
     */
    public static JsonMapper.Builder builder() {
        return builder(JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .build())
                .build());
    }

    /** Returns the same on a parser with settings of its own. */
    public static JsonMapper.Builder builder(JsonFactory factory) {
        return JsonMapper.builder(factory)
                .enable(
                        DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                        DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
                .defaultPrettyPrinter(new DefaultPrettyPrinter()
                        .withObjectIndenter(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE.withLinefeed("\n")));
    }

    /** A call of Jackson's. Text that is not UTF-8 or its kin reaches Java as another exception than the rest. */
    private interface Step<T> {
        T run() throws IOException;
    }

    private static <T> T unchecked(Step<T> step) {
        try {
            return step.run();
        } catch (JacksonException e) {
            throw new JsonException(e);
        } catch (IOException e) {
            throw new JsonException(new JsonParseException(null, String.valueOf(e.getMessage()), e));
        }
    }

    /**
     * @throws JsonException if the text is no JSON
     */
    public JsonNode tree(String text) {
        return unchecked(() -> mapper.readTree(text));
    }

    /**
     * @throws JsonException if the bytes are no JSON
     */
    public JsonNode tree(byte[] text) {
        return unchecked(() -> mapper.readTree(text));
    }

    /**
     * @throws IllegalArgumentException if the value has no form in JSON
     */
    public <T extends JsonNode> T toTree(Object value) {
        return mapper.valueToTree(value);
    }

    /** Returns an empty object to fill. */
    public ObjectNode object() {
        return mapper.createObjectNode();
    }

    /**
     * @throws JsonException if the bytes are no JSON, or not of that type
     */
    public <T> T read(byte[] text, Class<T> type) {
        return unchecked(() -> mapper.readValue(text, type));
    }

    /**
     * @throws JsonException if the tree is not of that type
     */
    public <T> T read(JsonNode tree, Class<T> type) {
        return unchecked(() -> mapper.treeToValue(tree, type));
    }

    /**
     * @throws JsonException if the value has no form in JSON
     */
    public String write(Object value) {
        return unchecked(() -> mapper.writeValueAsString(value));
    }

    /**
     * Returns the same in UTF-8.
     *
     * @throws JsonException if the value has no form in JSON
     */
    public byte[] bytes(Object value) {
        return unchecked(() -> mapper.writeValueAsBytes(value));
    }
}
