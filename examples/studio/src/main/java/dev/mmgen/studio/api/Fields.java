package dev.mmgen.studio.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mmgen.studio.http.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a request's settings, each read once with its type and range. What is missing is null; what nobody has read is an
 * error, so that a misspelt name is not silently without effect.
 */
final class Fields {

    private final ObjectNode node;
    private final Set<String> known = new LinkedHashSet<>();

    Fields(ObjectNode node) {
        this.node = node;
    }

    @Nullable
    Integer integer(String name, int low, int high) {
        Long value = whole(name, low, high);
        return value == null ? null : Math.toIntExact(value);
    }

    @Nullable
    Long whole(String name, long low, long high) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        boolean whole = value.isIntegralNumber() && value.canConvertToLong();
        if (!whole || value.longValue() < low || value.longValue() > high) {
            throw fault(name, value, "a whole number from " + low + " to " + high);
        }
        return value.longValue();
    }

    @Nullable
    Double number(String name, double low, double high) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        double number = value.doubleValue();
        // Written so that NaN is out of range as well.
        if (!value.isNumber() || !(number >= low && number <= high)) {
            throw fault(name, value, "a number from " + low + " to " + high);
        }
        return number;
    }

    @Nullable
    Boolean flag(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        if (!value.isBoolean()) {
            throw fault(name, value, "true or false");
        }
        return value.booleanValue();
    }

    @Nullable
    String text(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        if (!value.isTextual() || value.textValue().length() > 200) {
            throw fault(name, value, "a text of up to 200 characters");
        }
        return value.textValue();
    }

    /** Returns the constant whose name in lower case, with hyphens, the field has. */
    <E extends Enum<E>> @Nullable E choice(String name, Class<E> type) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        List<String> names = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            String text = constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
            if (value.isTextual() && value.textValue().equals(text)) {
                return constant;
            }
            names.add(text);
        }
        throw fault(name, value, "one of " + String.join(", ", names));
    }

    @Nullable
    String oneOf(String name, String... texts) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        if (!value.isTextual() || !Arrays.asList(texts).contains(value.textValue())) {
            throw fault(name, value, "one of " + String.join(", ", texts));
        }
        return value.textValue();
    }

    /** Returns a category: its number, or its name as text. */
    @Nullable
    Object category(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        if (value.isTextual() || value.canConvertToInt() && value.isIntegralNumber() && value.intValue() >= 0) {
            return value.isTextual() ? text(name) : (Object) value.intValue();
        }
        throw new Problem(
                Problem.Kind.INVALID,
                "'" + name + "' is " + shortened(value.toString())
                        + "; it must be a category's name or its number from 0");
    }

    /**
     * Checks that all fields were read.
     *
     * @throws Problem naming one that is not known here
     */
    void requireNoOthers() {
        for (String name : (Iterable<String>) node::fieldNames) {
            if (!known.contains(name)) {
                throw new Problem(
                        Problem.Kind.INVALID, "there is no setting '" + shortened(name) + "' here; there are " + known);
            }
        }
    }

    private @Nullable JsonNode value(String name) {
        known.add(name);
        JsonNode value = node.get(name);
        return value == null || value.isNull() ? null : value;
    }

    private static Problem fault(String name, JsonNode value, String wanted) {
        return new Problem(
                Problem.Kind.INVALID, "'" + name + "' is " + shortened(value.toString()) + "; it must be " + wanted);
    }

    private static String shortened(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "..." : text;
    }
}
