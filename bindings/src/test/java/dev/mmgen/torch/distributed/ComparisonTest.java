package dev.mmgen.torch.distributed;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonTest {

    private static Comparison of(String... values) {
        return new Comparison("the plan", List.of(values), rank -> "rank " + rank);
    }

    @Test
    void equalValuesPass() {
        of("a", "a", "a").require("Give all the same");
    }

    @Test
    void ranksThatStandAgainstMostOthersAreNamed() {
        assertThatThrownBy(() -> of("a", "b", "a").require("Give all the same"))
                .isInstanceOf(ProcessGroupException.class)
                .hasMessage("the plan differs: rank 1 has b, but rank 0 has a. Give all the same");
    }

    @Test
    void ofLongValuesThePartThatDiffersIsShown() {
        String same = "x".repeat(2_000);
        assertThatThrownBy(
                        () -> of(same + "rate 1" + same, same + "rate 2" + same).require("Give all the same"))
                .hasMessageContaining("xrate 1x")
                .hasMessageContaining("xrate 2x")
                .message()
                .hasSizeLessThan(500);
    }

    @Test
    void aValueThatEndsEarlierIsShownToItsEnd() {
        String same = "x".repeat(300);
        assertThatThrownBy(() -> of(same, same + "more").require("Give all the same"))
                .hasMessageContaining("xmore");
    }
}
