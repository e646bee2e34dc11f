package dev.mmgen.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SplitTest {

    @Test
    void noSeedIsInTwoSplits() {
        long lastTaken = -1;
        for (Split split : Split.values()) {
            assertThat(split.seed(0)).isEqualTo(lastTaken + 1);
            lastTaken = split.seed(Split.SCENES - 1);
            assertThat(lastTaken - split.seed(0)).isEqualTo(Split.SCENES - 1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void seedsFollowTheIndex(Split split) {
        assertThat(split.seed(1234) - split.seed(0)).isEqualTo(1234);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE})
    void indicesOutOfRangeAreRefused(long index) {
        assertThatThrownBy(() -> Split.TEST.seed(index))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Long.toString(index));
    }
}
