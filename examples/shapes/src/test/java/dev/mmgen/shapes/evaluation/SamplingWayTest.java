package dev.mmgen.shapes.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.sampling.AdamsBashforth;
import dev.mmgen.sampling.EulerMaruyama;
import dev.mmgen.sampling.Heun;
import org.junit.jupiter.api.Test;

class SamplingWayTest {

    @Test
    void heunSavesTheLastEvaluation() {
        assertThat(SamplingWay.parse("heun=10")).isEqualTo(new SamplingWay(new Heun(), 10));
        assertThat(SamplingWay.parse("heun=10").evaluations()).isEqualTo(19);
        assertThat(SamplingWay.parse("adams-bashforth=10").evaluations()).isEqualTo(10);
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
