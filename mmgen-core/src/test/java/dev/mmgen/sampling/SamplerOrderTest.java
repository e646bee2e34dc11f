package dev.mmgen.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numerical methods on fields whose solution is known. */
@ExtendWith(TensorLeakCheck.class)
class SamplerOrderTest {

    /** dx/dt = -x cos(t): x(0) = x(1) * exp(sin 1). */
    private static final class Analytic implements VelocityField {
        private int calls;

        @Override
        public Tensor velocity(Tensor state, double time) {
            calls++;
            return state.mul(-Math.cos(time));
        }

        @Override
        public Interpolant path() {
            return Interpolant.linear();
        }
    }

    @ParameterizedTest
    @CsvSource({"euler, 1", "heun, 2", "adams-bashforth, 2"})
    void halfTheStepLeavesTheErrorOfItsOrder(String name, int order) {
        double coarse = error(name, TimeGrid.uniform(64));
        double fine = error(name, TimeGrid.uniform(128));
        assertThat(Math.log(coarse / fine) / Math.log(2)).isCloseTo(order, within(0.1));
    }

    @Test
    void adamsBashforthKeepsItsOrderOnUnevenGrids() {
        double ratio = error("adams-bashforth", quadratic(64)) / error("adams-bashforth", quadratic(128));
        assertThat(Math.log(ratio) / Math.log(2)).isCloseTo(2, within(0.15));
    }

    @Test
    void adamsBashforthEvaluatesOncePerStep() {
        Analytic field = new Analytic();
        run(field, "adams-bashforth", TimeGrid.uniform(10));
        assertThat(field.calls).isEqualTo(10);
    }

    private static TimeGrid quadratic(int steps) {
        return TimeGrid.of(DoubleStream.iterate(steps, i -> i - 1).limit(steps + 1L)
                .map(i -> (i / steps) * (i / steps)).toArray());
    }

    private static double error(String name, TimeGrid grid) {
        return Math.abs(run(new Analytic(), name, grid) - Math.exp(Math.sin(1)));
    }

    private static double run(VelocityField field, String name, TimeGrid grid) {
        try (TensorScope _ = TensorScope.open(); NoiseSource noise = NoiseSource.oneStream(0)) {
            Tensor start = Torch.full(1, DType.FLOAT32, Device.CPU, Shape.of(1, 1, 1, 1));
            return Sampler.named(name).sample(field, start, grid, noise, _ -> {}).item();
        }
    }

    /** Data of one Gaussian has a velocity in closed form; the SDE must end with its mean and deviation. */
    @ParameterizedTest
    @CsvSource({"linear", "cosine"})
    void eulerMaruyamaDrawsTheRightDistribution(String pathName) {
        double mean = 0.7;
        double deviation = 0.5;
        Interpolant path = Interpolant.named(pathName);
        VelocityField field = new VelocityField() {
            @Override
            public Tensor velocity(Tensor state, double time) {
                double alpha = number(path.alpha(time(time)));
                double sigma = number(path.sigma(time(time)));
                double variance = alpha * alpha * deviation * deviation + sigma * sigma;
                double noiseShare = sigma / variance;
                double dataShare = alpha * deviation * deviation / variance;
                Tensor centred = state.sub(alpha * mean);
                Tensor noise = centred.mul(noiseShare);
                Tensor data = centred.mul(dataShare).add(mean);
                return path.velocityTarget(data, noise, time);
            }

            @Override
            public Interpolant path() {
                return path;
            }
        };
        try (TensorScope _ = TensorScope.open(); NoiseSource noise = NoiseSource.oneStream(5)) {
            Tensor start = noise.normal(DType.FLOAT32, Shape.of(20_000, 1, 1, 1));
            Sampler sampler = new EulerMaruyama();
            Tensor result = sampler.sample(field, start, sampler.grid(250), noise, _ -> {});
            double average = result.mean().item();
            assertThat(average).isCloseTo(mean, within(0.02));
            assertThat(Math.sqrt(result.sub(average).pow(2).mean().item())).isCloseTo(deviation, within(0.02));
        }
    }

    private static Tensor time(double time) {
        return Torch.tensor(new double[] {time});
    }

    private static double number(Tensor tensor) {
        return tensor.item();
    }

    @Test
    void anUnknownMethodIsNamed() {
        assertThatThrownBy(() -> Sampler.named("ddim"))
                .hasMessageContaining("'ddim'")
                .hasMessageContaining("euler-maruyama");
    }
}
