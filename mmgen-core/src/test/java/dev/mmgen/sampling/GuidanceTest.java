package dev.mmgen.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class GuidanceTest {

    @Test
    void bothEndsOfTheIntervalAreInside() {
        Guidance guidance = Guidance.of(1.8).within(0.3, 0.7);
        assertThat(guidance.appliesAt(0.3)).isTrue();
        assertThat(guidance.appliesAt(0.7)).isTrue();
        assertThat(guidance.appliesAt(Math.nextDown(0.3))).isFalse();
        assertThat(guidance.appliesAt(Math.nextUp(0.7))).isFalse();
    }

    @Test
    void scaleOneNeedsNoSecondEvaluation() {
        assertThat(Guidance.of(1)).isEqualTo(Guidance.NONE);
        assertThat(Guidance.NONE.appliesAt(0.5)).isFalse();
        assertThat(Guidance.of(0).appliesAt(0.5)).isTrue();
    }

    @Test
    void eachScaleIsAnEvaluationOfItsOwn() {
        Guidance guidance = Guidance.NONE.withConditionScale(2).within(0.3, 1);
        assertThat(guidance.appliesAt(0.5)).isFalse();
        assertThat(guidance.appliesToConditionsAt(0.3)).isTrue();
        assertThat(guidance.appliesToConditionsAt(0.2)).isFalse();
        assertThat(guidance.withScale(3)).isEqualTo(new Guidance(3, 0.3, 1, 2));
        assertThat(new Guidance(3, 0.3, 1).appliesToConditionsAt(0.5)).isFalse();
    }

    @Test
    void numbersOutOfRangeAreNamed() {
        assertThatThrownBy(() -> Guidance.of(-0.1)).hasMessageContaining("-0.1");
        assertThatThrownBy(() -> Guidance.of(Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> Guidance.NONE.withConditionScale(-1))
                .hasMessageContaining("condition guidance scale is -1.0");
        assertThatThrownBy(() -> Guidance.of(2).within(0.8, 0.2)).hasMessageContaining("0 <= low <= high <= 1");
        assertThatThrownBy(() -> Guidance.of(2).within(0, 1.5)).hasMessageContaining("1.5");
    }
}
