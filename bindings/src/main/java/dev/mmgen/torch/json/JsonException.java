package dev.mmgen.torch.json;

import com.fasterxml.jackson.core.JacksonException;
import java.util.Objects;

/** A fault in JSON text, or in what should become text. The message is the reason alone, without place and source. */
public final class JsonException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    JsonException(JacksonException fault) {
        super(reason(fault), fault);
    }

    /** Jackson says wherever a place is named that it does not show the text. */
    private static String reason(JacksonException fault) {
        return String.valueOf(fault.getOriginalMessage()).replaceAll("Source: [^;]*; ", "");
    }

    /** Returns the fault, which knows its place. */
    public JacksonException fault() {
        return (JacksonException) Objects.requireNonNull(getCause());
    }
}
