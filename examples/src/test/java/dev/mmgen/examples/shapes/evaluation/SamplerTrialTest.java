package dev.mmgen.examples.shapes.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.sampling.AdamsBashforth;
import dev.mmgen.sampling.EulerMaruyama;
import dev.mmgen.sampling.Heun;
import org.junit.jupiter.api.Test;

class SamplerTrialTest {

    @Test
    void heunSparesTheEvaluationAtTheEnd() {
        assertThat(SamplerTrial.parse("heun=10")).isEqualTo(new SamplerTrial(new Heun(), 10));
        assertThat(SamplerTrial.parse("heun=10").evaluations()).isEqualTo(19);
        assertThat(SamplerTrial.parse("adams-bashforth=10").evaluations()).isEqualTo(10);
    }

    @Test
    void theReferenceComesFirst() {
        assertThat(SamplerTrial.all()).hasSize(19).doesNotHaveDuplicates().startsWith(new SamplerTrial(new EulerMaruyama(), 250));
        assertThat(SamplerTrial.all()).contains(new SamplerTrial(new AdamsBashforth(), 20));
    }
}
