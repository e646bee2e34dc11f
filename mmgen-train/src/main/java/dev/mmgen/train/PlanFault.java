package dev.mmgen.train;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonMappingException;
import dev.mmgen.torch.json.JsonException;
import java.util.stream.Collectors;

/** The fault in the JSON of a plan, in the words of a plan. */
final class PlanFault {

    private PlanFault() {}

    static String reason(JsonException e) {
        JacksonException fault = e.fault();
        if (fault.getCause() instanceof IllegalArgumentException broken) {
            return String.valueOf(broken.getMessage());
        }
        if (fault instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
            return "setting '" + place(mapping) + "' "
                    + e.expected().map(kind -> "must be " + kind).orElse("is out of range");
        }
        if (fault.getOriginalMessage().startsWith("Duplicate field")) {
            return fault.getOriginalMessage() + "; keep one of them";
        }
        return fault.getLocation() == null
                ? String.valueOf(e.getMessage())
                : "it is no JSON at line " + fault.getLocation().getLineNr() + ", column "
                        + fault.getLocation().getColumnNr();
    }

    private static String place(JsonMappingException e) {
        return e.getPath().stream()
                .map(step -> step.getFieldName() == null ? String.valueOf(step.getIndex()) : step.getFieldName())
                .collect(Collectors.joining("."));
    }
}
