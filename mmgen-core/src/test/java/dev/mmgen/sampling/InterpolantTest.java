package dev.mmgen.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(TensorLeakCheck.class)
class InterpolantTest {

    private static final double[] DATA = {0.3, -1.7, 2.1};
    private static final double[] NOISE = {-0.4, 0.9, 1.3};

    @ParameterizedTest
    @ValueSource(strings = {"linear", "cosine"})
    void theVelocityIsTheDerivativeOfThePath(String name) {
        Interpolant path = Interpolant.named(name);
        double step = 1e-5;
        try (TensorScope _ = TensorScope.open()) {
            Tensor data = Torch.tensor(DATA);
            Tensor noise = Torch.tensor(NOISE);
            for (double time : new double[] {0.1, 0.5, 0.83}) {
                double[] difference = path.mix(data, noise, time + step)
                        .sub(path.mix(data, noise, time - step))
                        .div(2 * step)
                        .toDoubles();
                assertThat(path.velocityTarget(data, noise, time).toDoubles())
                        .containsExactly(difference, within(1e-8));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"linear", "cosine"})
    void theTrueVelocityGivesBackTheNoiseAsScore(String name) {
        Interpolant path = Interpolant.named(name);
        try (TensorScope _ = TensorScope.open()) {
            Tensor noise = Torch.tensor(NOISE);
            Tensor data = Torch.tensor(DATA);
            Tensor times = Torch.tensor(new double[] {0.2, 0.6, 1.0});
            Tensor score = path.score(path.velocityTarget(data, noise, times), path.mix(data, noise, times), times);
            // Of one sample, the score of the path is -noise / sigma.
            double[] expected = noise.neg().div(path.sigma(times)).toDoubles();
            assertThat(score.toDoubles()).containsExactly(expected, within(1e-12));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"linear", "cosine"})
    void timeZeroIsTheDataItself(String name) {
        try (TensorScope _ = TensorScope.open()) {
            Tensor start = Interpolant.named(name).mix(Torch.tensor(DATA), Torch.tensor(NOISE), 0);
            assertThat(start.toDoubles()).containsExactly(DATA);
        }
    }

    @Test
    void timesMayDifferFromChannelToChannel() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor times = Torch.tensor(new float[] {0, 1}, 1, 2, 1, 1);
            Tensor mixed = Interpolant.linear().mix(Torch.ones(2, 2, 1, 2), Torch.zeros(2, 2, 1, 2), times);
            assertThat(mixed.toFloats()).containsExactly(1, 1, 0, 0, 1, 1, 0, 0);
        }
    }

    @Test
    void anUnknownPathIsNamed() {
        assertThatThrownBy(() -> Interpolant.named("edm"))
                .hasMessageContaining("'edm'")
                .hasMessageContaining("cosine");
    }
}
