package dev.mmgen.shapes.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.sampling.AdamsBashforth;
import dev.mmgen.sampling.EulerMaruyama;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Heun;
import java.util.List;
import org.junit.jupiter.api.Test;

class SamplingWayTest {

    @Test
    void heunSavesTheLastEvaluation() {
        assertThat(SamplingWay.parse("heun=10")).isEqualTo(new SamplingWay(new Heun(), 10));
        assertThat(SamplingWay.parse("heun=10").evaluations(Guidance.NONE)).isEqualTo(19);
        assertThat(SamplingWay.parse("adams-bashforth=10").evaluations(Guidance.NONE))
                .isEqualTo(10);
    }

    @Test
    void guidanceTakesOneMoreEvaluationAtItsTimes() {
        assertThat(SamplingWay.parse("euler=10").evaluations(Guidance.of(2))).isEqualTo(20);
        assertThat(SamplingWay.parse("heun=10").evaluations(Guidance.of(2))).isEqualTo(38);
        Guidance early = new Guidance(3, 0.25, 1);
        assertThat(SamplingWay.parse("euler=10").evaluations(early))
                .as("at 1, 0.9 and so on to 0.3")
                .isEqualTo(18);
        assertThat(SamplingWay.parse("dpm-solver-sde=8@2.2").evaluations(early)).isEqualTo(15);
        assertThat(SamplingWay.parse("ancestral=4@2.2").evaluations(Guidance.NONE))
                .isEqualTo(4);
    }

    @Test
    void aShiftStandsBehindTheSteps() {
        SamplingWay way = SamplingWay.parse("heun=10@2.5");
        assertThat(way).isEqualTo(new SamplingWay(new Heun(), 10, 2.5)).hasToString("Heun 10, shift 2.5");
        for (String wrong : List.of("heun=10@", "heun@2=10", "heun=10@0", "heun=10@1e9", "heun=0@2", "heun")) {
            assertThatIllegalArgumentException().isThrownBy(() -> SamplingWay.parse(wrong));
        }
    }

    @Test
    void theReferenceComesFirst() {
        assertThat(SamplingWay.all())
                .hasSize(31)
                .doesNotHaveDuplicates()
                .startsWith(new SamplingWay(new EulerMaruyama(), 250))
                .contains(new SamplingWay(new AdamsBashforth(), 20));
    }
}
