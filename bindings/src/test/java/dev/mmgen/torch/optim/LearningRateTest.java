package dev.mmgen.torch.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LearningRateTest {

    @Test
    void warmsUpAndThenFollowsTheScheduleFromItsBeginning() {
        LearningRate rate = new LearningRate.WarmUp(4, new LearningRate.Linear(1, 0, 10));
        assertThat(rate.at(0)).isEqualTo(0.25);
        assertThat(rate.at(3)).isEqualTo(1);
        assertThat(rate.at(4)).isEqualTo(1);
        assertThat(rate.at(9)).isEqualTo(0.5);
        assertThat(rate.at(14)).isZero();
        assertThat(rate.at(1000)).isZero();
    }

    @Test
    void holdsAndThenFalls() {
        LearningRate rate = new LearningRate.WarmUp(2, new LearningRate.Hold(10, new LearningRate.Linear(4, 0, 4)));
        assertThat(rate.at(0)).isEqualTo(2);
        assertThat(rate.at(2)).isEqualTo(4);
        assertThat(rate.at(12)).isEqualTo(4);
        assertThat(rate.at(14)).isEqualTo(2);
        assertThat(rate.at(16)).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LearningRate.Hold(-1, rate))
                .withMessageContaining("-1");
    }

    @Test
    void theCosineIsHalfWayInTheMiddle() {
        LearningRate rate = new LearningRate.Cosine(3, 1, 100);
        assertThat(rate.at(0)).isEqualTo(3);
        assertThat(rate.at(50)).isCloseTo(2, within(1e-12));
        assertThat(rate.at(25)).isCloseTo(2 + Math.sqrt(0.5), within(1e-12));
        assertThat(rate.at(100)).isEqualTo(1);
        assertThat(rate.at(101)).isEqualTo(1);
    }

    @Test
    void constantStays() {
        assertThat(LearningRate.constant(1e-4).at(123_456_789_012L)).isEqualTo(1e-4);
    }

    @Test
    void unsoundNumbersFail() {
        assertThatIllegalArgumentException().isThrownBy(() -> LearningRate.constant(Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> new LearningRate.Linear(1, -1, 10));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LearningRate.WarmUp(0, LearningRate.constant(1)))
                .withMessageContaining("at least 1");
    }
}
