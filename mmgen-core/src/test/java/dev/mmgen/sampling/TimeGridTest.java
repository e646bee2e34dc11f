package dev.mmgen.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimeGridTest {

    @Test
    void uniformGridsHaveTorchsNumbers() {
        // torch.linspace(1, 0, 7, dtype=torch.float64): the second half is counted from the end.
        double sixth = -1.0 / 6;
        assertThat(TimeGrid.uniform(6).times())
                .containsExactly(1.0, 1 + sixth, 1 + sixth * 2, -sixth * 3, -sixth * 2, -sixth, 0.0);
    }

    @Test
    void stochasticGridsStopAtFourHundredthsBeforeTheEnd() {
        TimeGrid grid = TimeGrid.stochastic(250);
        assertThat(grid.steps()).isEqualTo(250);
        assertThat(grid.time(0)).isEqualTo(1);
        assertThat(grid.time(249)).isEqualTo(0.04);
        assertThat(grid.time(250)).isZero();
        assertThat(grid.step(249)).isEqualTo(-0.04);
        assertThat(TimeGrid.stochastic(1).times()).containsExactly(1.0, 0.0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, TimeGrid.MAX_STEPS + 1, Integer.MAX_VALUE})
    void aRunHasFromOneToAHundredThousandSteps(int steps) {
        assertThatThrownBy(() -> TimeGrid.uniform(steps)).hasMessageContaining("it must be at least 1");
        assertThatThrownBy(() -> TimeGrid.stochastic(steps)).hasMessageContaining("it must be at least 1");
    }

    @Test
    void aLaterStartLeavesOutWhatIsBeforeIt() {
        assertThat(TimeGrid.uniform(4).from(0.6).times()).containsExactly(0.6, 0.5, 0.25, 0.0);
        assertThat(TimeGrid.uniform(4).from(0.5).times()).containsExactly(0.5, 0.25, 0.0);
        assertThat(TimeGrid.uniform(4).from(0.1).times()).containsExactly(0.1, 0.0);
        assertThat(TimeGrid.uniform(4).from(1)).isEqualTo(TimeGrid.uniform(4));
        assertThatThrownBy(() -> TimeGrid.uniform(4).from(0)).hasMessageContaining("no step");
        assertThatThrownBy(() -> TimeGrid.uniform(4).from(Double.NaN)).hasMessageContaining("no step");
    }

    @Test
    void aShiftMovesTheTimesBetweenTheEndsTowardsNoise() {
        assertThat(TimeGrid.uniform(4).shifted(3).times()).containsExactly(1.0, 0.9, 0.75, 0.5, 0.0);
        assertThat(TimeGrid.of(0.75, 0.5, 0).shifted(1.0 / 3).times())
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-12 ? 0 : 1)
                .containsExactly(0.5, 0.25, 0.0);
        assertThat(TimeGrid.uniform(4).shifted(1)).isEqualTo(TimeGrid.uniform(4));
        assertThat(TimeGrid.uniform(TimeGrid.MAX_STEPS).shifted(100).steps()).isEqualTo(TimeGrid.MAX_STEPS);
        assertThat(TimeGrid.uniform(TimeGrid.MAX_STEPS).shifted(0.01).steps()).isEqualTo(TimeGrid.MAX_STEPS);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, 0.009, 100.1, Double.NaN, Double.POSITIVE_INFINITY})
    void aShiftOutOfRangeIsRefused(double shift) {
        assertThatThrownBy(() -> TimeGrid.uniform(4).shifted(shift))
                .hasMessage("setting 'shift' is " + shift
                        + "; it must be from 0.01 to 100, and 1 leaves the times as they are");
    }

    @Test
    void freeGridsMustDecrease() {
        assertThat(TimeGrid.of(0.9, 0.2, 0.1).step(0)).isEqualTo(0.2 - 0.9);
        assertThatThrownBy(() -> TimeGrid.of(1, 0.5, 0.5)).hasMessageContaining("time 2 of the grid is 0.5, after 0.5");
        assertThatThrownBy(() -> TimeGrid.of(1)).hasMessageContaining("two times");
        assertThatThrownBy(() -> TimeGrid.of(1.1, 0)).hasMessageContaining("from 0 to 1");
        assertThatThrownBy(() -> TimeGrid.of(1, Double.NaN)).hasMessageContaining("from 0 to 1");
    }
}
