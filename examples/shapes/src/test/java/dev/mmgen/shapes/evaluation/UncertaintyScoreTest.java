package dev.mmgen.shapes.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** The rank correlation of uncertainty and error. */
class UncertaintyScoreTest {

    @Test
    void ranksAloneCount() {
        double[] rising = {1, 2, 30, 400};
        assertThat(UncertaintyScore.spearman(rising, new double[] {-5, -4, 0, 0.1}))
                .isCloseTo(1, within(1e-12));
        assertThat(UncertaintyScore.spearman(rising, new double[] {9, 8, 7, 6})).isCloseTo(-1, within(1e-12));
        assertThat(UncertaintyScore.spearman(rising, new double[] {2, 1, 4, 3})).isCloseTo(0.6, within(1e-12));
    }

    @Test
    void equalNumbersShareTheirRank() {
        // Ranks 0.5, 0.5, 2, 3 against 0, 1, 2, 3.
        assertThat(UncertaintyScore.spearman(new double[] {1, 1, 2, 3}, new double[] {1, 2, 3, 4}))
                .isCloseTo(4.5 / Math.sqrt(4.5 * 5), within(1e-12));
        assertThat(UncertaintyScore.spearman(new double[] {1, 1}, new double[] {1, 2}))
                .isNaN();
    }
}
