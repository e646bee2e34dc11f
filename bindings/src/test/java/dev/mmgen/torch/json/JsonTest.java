package dev.mmgen.torch.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTest {

    private record Part(int zeros, double ratio, boolean active, List<String> names) {}

    private record Size(int zeros) {}

    @Test
    void recordsAreWrittenInTheirOrderWithLinesThatEndAlike() {
        Part part = new Part(3, 1e-9, true, List.of("a", "\u00e9\u2028"));
        String json = Json.INDENTED.write(part);
        assertThat(json)
                .isEqualTo("{\n  \"zeros\" : 3,\n  \"ratio\" : 1.0E-9,\n  \"active\" : true,\n"
                        + "  \"names\" : [ \"a\", \"\u00e9\u2028\" ]\n}");
        assertThat(Json.COMPACT.read(json.getBytes(StandardCharsets.UTF_8), Part.class))
                .isEqualTo(part);
        assertThat(new String(Json.COMPACT.bytes(part), StandardCharsets.UTF_8)).isEqualTo(Json.COMPACT.write(part));
    }

    @Test
    void unknownNamesAreIgnored() {
        assertThat(Json.COMPACT.read(Json.COMPACT.tree("{\"zeros\": 1, \"more\": 2}"), Size.class))
                .isEqualTo(new Size(1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"zeros\": null}     | it must be a whole number",
                "{\"zeros\": true}     | it must be a whole number",
                "{\"zeros\": {}}       | it must be a whole number",
                "[]                    | it must be an object",
                "{\"zeros\": 1} {}     | Trailing token",
                "{\"zeros\": 1, \"zeros\": 2} | Duplicate field 'zeros'",
                "{\"zeros\": 1         | Unexpected end-of-input: expected close marker for Object (start marker at [line: 1",
                "{\"zeros\": 98765432109} | Numeric value (98765432109) out of range",
            })
    void faultsSayTheReasonAlone(String json, String reason) {
        assertThatThrownBy(() -> Json.COMPACT.read(json.getBytes(StandardCharsets.UTF_8), Size.class))
                .isInstanceOf(JsonException.class)
                .hasMessageStartingWith(reason)
                .hasMessageNotContaining("Source:");
    }

    @Test
    void textThatIsNotInAnEncodingOfUnicodeIsAFaultToo() {
        byte[] bytes = {(byte) 0, 0, 0x40, 0, '{', '}', 0, 0};
        assertThatThrownBy(() -> Json.COMPACT.tree(bytes)).isInstanceOf(JsonException.class);
    }

    @Test
    void nestingThatWouldOverflowTheStackIsRefused() {
        assertThat(Json.COMPACT.tree("[".repeat(500) + "]".repeat(500)).isArray())
                .isTrue();
        assertThatThrownBy(() -> Json.COMPACT.tree("[".repeat(501) + "]".repeat(501)))
                .isInstanceOf(JsonException.class)
                .hasMessageContaining("nesting depth");
    }
}
