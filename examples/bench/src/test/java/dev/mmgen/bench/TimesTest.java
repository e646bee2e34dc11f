package dev.mmgen.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TimesTest {

    @Test
    void medianOfTwoTurnsLiesBetweenThem() {
        Times times = Times.of(30, 10);
        assertThat(times.fastest()).isEqualTo(10);
        assertThat(times.median()).isEqualTo(20);
        assertThat(times.quantile(0.25)).isEqualTo(15);
        assertThat(times.quantile(0.75)).isEqualTo(25);
    }

    @Test
    void quantilesThatFallOnTurnsAreThose() {
        Times times = Times.of(5, 1, 4, 2, 3);
        assertThat(times.median()).isEqualTo(3);
        assertThat(times.quantile(0.25)).isEqualTo(2);
        assertThat(times.quantile(1)).isEqualTo(5);
    }

    @Test
    void onlyTurnIsEveryQuantile() {
        Times times = Times.of(7);
        assertThat(times.median()).isEqualTo(7);
        assertThat(times.quantile(0.75)).isEqualTo(7);
    }
}
