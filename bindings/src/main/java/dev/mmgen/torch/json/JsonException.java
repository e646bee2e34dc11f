package dev.mmgen.torch.json;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.PropertyBindingException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A fault in JSON text, or in what should become text. The message is the reason alone, without place and source, and a value of
 * another type is described without the names of Java's types.
 */
public final class JsonException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    JsonException(JacksonException fault) {
        super(reason(fault), fault);
    }

    private static String reason(JacksonException fault) {
        return expected(fault).map(kind -> "it must be " + kind).orElseGet(() -> original(fault));
    }

    /** Jackson says wherever a place is named that it does not show the text, and which feature makes it strict. */
    private static String original(JacksonException fault) {
        return String.valueOf(fault.getOriginalMessage())
                .replaceAll("Source: [^;]*; ", "")
                .replaceFirst("; `DeserializationFeature.*", "")
                .replaceFirst(": enable `[A-Za-z]*Feature\\.[A-Z_]*` to allow", "")
                .replaceFirst(", from `StreamReadConstraints\\.[A-Za-z]*\\(\\)`", "");
    }

    /** Returns the fault, which knows its place. */
    public JacksonException fault() {
        return (JacksonException) Objects.requireNonNull(getCause());
    }

    /** Returns what should stand where a value of another type does, such as {@code a whole number}; empty for other faults. */
    public Optional<String> expected() {
        return expected(fault());
    }

    private static Optional<String> expected(JacksonException fault) {
        // Jackson has no exception of its own for this; it says "Cannot deserialize", "coerce" or "map".
        return fault instanceof MismatchedInputException mismatch
                        && !(fault instanceof PropertyBindingException)
                        && String.valueOf(fault.getOriginalMessage()).startsWith("Cannot ")
                ? Optional.of(kind(mismatch.getTargetType()))
                : Optional.empty();
    }

    private static String kind(Class<?> type) {
        if (type == null) {
            return "of another type";
        }
        if (type.isEnum()) {
            return "one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(String::valueOf)
                            .collect(Collectors.joining(", "));
        }
        if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
            return "a whole number";
        }
        if (type == double.class || type == Double.class || type == float.class || type == Float.class) {
            return "a number";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (CharSequence.class.isAssignableFrom(type)) {
            return "a text";
        }
        return Iterable.class.isAssignableFrom(type) || type.isArray() ? "a list" : "an object";
    }
}
