package dev.mmgen.cli.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultLineTest {

    @Test
    void numbersAndListsOfATraceAreNumbersAndLists() {
        assertThat(ResultLine.settings(Map.of(
                        "Seed", "7",
                        "Steps", "8",
                        "Shift", "2.2",
                        "Times", "1.0, 0.5, 0.0",
                        "Guidance", "3.0 from 0.3 to 1.0",
                        "Condition guidance", "2.5",
                        "Conditions", "depth, normal",
                        "Sampler", "euler",
                        "Size", "128 x 128")))
                .containsOnly(
                        entry("seed", 7L),
                        entry("steps", 8L),
                        entry("shift", 2.2),
                        entry("times", List.of(1.0, 0.5, 0.0)),
                        entry("guidance", 3.0),
                        entry("guidanceInterval", List.of(0.3, 1.0)),
                        entry("conditionGuidance", 2.5),
                        entry("conditions", List.of("depth", "normal")),
                        entry("sampler", "euler"));
    }
}
