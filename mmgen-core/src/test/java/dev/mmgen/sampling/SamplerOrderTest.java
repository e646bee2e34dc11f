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
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
    void heunEvaluatesTwicePerStepButTheLast() {
        Analytic field = new Analytic();
        run(field, "heun", TimeGrid.uniform(10));
        assertThat(field.calls).isEqualTo(19).isEqualTo(new Heun().evaluations(10));
    }

    /** Between times where the logarithm of alpha / sigma is finite; a Gaussian keeps its place in the distribution. */
    @ParameterizedTest
    @CsvSource({"linear", "cosine"})
    void dpmSolverIsOfSecondOrder(String pathName) {
        Gaussian field = new Gaussian(Interpolant.named(pathName), 0.7, 0.5);
        double expected = field.path.alpha(0.2) * field.mean
                + (1 - field.path.alpha(0.9) * field.mean) * Math.sqrt(field.variance(0.2) / field.variance(0.9));
        double coarse = Math.abs(run(field, "dpm-solver", between(0.9, 0.2, 256)) - expected);
        double fine = Math.abs(run(field, "dpm-solver", between(0.9, 0.2, 512)) - expected);
        assertThat(Math.log(coarse / fine) / Math.log(2)).isCloseTo(2, within(0.1));
    }

    private static TimeGrid between(double first, double last, int steps) {
        return TimeGrid.of(IntStream.rangeClosed(0, steps)
                .mapToDouble(i -> first + (last - first) * i / steps)
                .toArray());
    }

    @ParameterizedTest
    @ValueSource(strings = {"adams-bashforth", "dpm-solver", "dpm-solver-sde"})
    void methodsOfTwoStepsEvaluateOncePerStep(String name) {
        Analytic field = new Analytic();
        run(field, name, TimeGrid.uniform(10));
        assertThat(field.calls).isEqualTo(10).isEqualTo(Sampler.named(name).evaluations(10));
    }

    private static TimeGrid quadratic(int steps) {
        return TimeGrid.of(DoubleStream.iterate(steps, i -> i - 1)
                .limit(steps + 1L)
                .map(i -> (i / steps) * (i / steps))
                .toArray());
    }

    private static double error(String name, TimeGrid grid) {
        return Math.abs(run(new Analytic(), name, grid) - Math.exp(Math.sin(1)));
    }

    private static double run(VelocityField field, String name, TimeGrid grid) {
        try (TensorScope _ = TensorScope.open();
                NoiseSource noise = NoiseSource.oneStream(0)) {
            Tensor start = Torch.full(1, DType.FLOAT32, Device.CPU, Shape.of(1, 1, 1, 1));
            return new SamplerRun(Sampler.named(name), field, grid, noise)
                    .from(start)
                    .item();
        }
    }

    /** Data of one Gaussian has a velocity in closed form; a method must end with its mean and deviation. */
    @ParameterizedTest
    @CsvSource({
        "euler-maruyama, linear, 250, false", "euler-maruyama, cosine, 250, false",
        "dpm-solver, linear, 30, false", "dpm-solver, cosine, 30, false",
        "dpm-solver-sde, linear, 30, true", "dpm-solver-sde, cosine, 30, true",
        "ancestral, linear, 250, true", "ancestral, cosine, 250, true",
    })
    void drawsTheRightDistribution(String name, String pathName, int steps, boolean forgets) {
        Gaussian field = new Gaussian(Interpolant.named(pathName), 0.7, 0.5);
        try (TensorScope _ = TensorScope.open();
                NoiseSource noise = NoiseSource.oneStream(5)) {
            Tensor start = noise.normal(DType.FLOAT32, Shape.of(20_000, 1, 1, 1));
            Sampler sampler = Sampler.named(name);
            Tensor result = new SamplerRun(sampler, field, sampler.grid(steps), noise).from(start);
            double average = result.mean().item();
            assertThat(average).isCloseTo(field.mean, within(0.02));
            assertThat(Math.sqrt(result.sub(average).pow(2).mean().item())).isCloseTo(field.deviation, within(0.02));
            double likeness = result.sub(average)
                    .mul(start.sub(start.mean().item()))
                    .mean()
                    .item();
            assertThat(Math.abs(likeness) < 0.02)
                    .as("forgets the noise it began with")
                    .isEqualTo(forgets);
        }
    }

    /** Two steps suffice where every answer is drawn from what the data may be, as a student's of few steps is. */
    @ParameterizedTest
    @CsvSource({"linear, 2", "cosine, 2", "linear, 5"})
    void ancestralSamplingOfPossiblePicturesIsExactInAnyNumberOfSteps(String pathName, int steps) {
        Gaussian means = new Gaussian(Interpolant.named(pathName), 0.7, 0.5);
        try (TensorScope _ = TensorScope.open();
                NoiseSource noise = NoiseSource.oneStream(5);
                NoiseSource chance = NoiseSource.oneStream(6)) {
            Tensor start = noise.normal(DType.FLOAT32, Shape.of(20_000, 1, 1, 1));
            Sampler sampler = Sampler.named("ancestral");
            TimeGrid grid = sampler.grid(steps).shifted(2);
            Tensor result = new SamplerRun(sampler, new Possible(means, chance), grid, noise).from(start);
            double average = result.mean().item();
            assertThat(average).isCloseTo(means.mean, within(0.02));
            assertThat(Math.sqrt(result.sub(average).pow(2).mean().item())).isCloseTo(means.deviation, within(0.02));
            Tensor blurred = new SamplerRun(sampler, means, grid, noise).from(start);
            assertThat(Math.sqrt(
                            blurred.sub(blurred.mean().item()).pow(2).mean().item()))
                    .as("of means")
                    .isLessThan(means.deviation - 0.05);
        }
    }

    /** Answers with data that is drawn from what a state may have come from. */
    private record Possible(Gaussian means, NoiseSource chance) implements VelocityField {

        @Override
        public Interpolant path() {
            return means.path;
        }

        @Override
        public Tensor velocity(Tensor state, double time) {
            double spread = means.deviation * path().sigma(time) / Math.sqrt(means.variance(time));
            Tensor data =
                    path().data(means.velocity(state, time), state, time).addScaled(chance.normalLike(state), spread);
            Tensor noise = state.sub(data.mul(path().alpha(time))).div(path().sigma(time));
            return path().velocityTarget(data, noise, time);
        }
    }

    private record Gaussian(Interpolant path, double mean, double deviation) implements VelocityField {

        @Override
        public Tensor velocity(Tensor state, double time) {
            Tensor centred = state.sub(path.alpha(time) * mean);
            Tensor noise = centred.mul(path.sigma(time) / variance(time));
            Tensor data = centred.mul(path.alpha(time) * deviation * deviation / variance(time))
                    .add(mean);
            return path.velocityTarget(data, noise, time);
        }

        double variance(double time) {
            return Math.pow(path.alpha(time) * deviation, 2) + Math.pow(path.sigma(time), 2);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, Double.NaN, Double.POSITIVE_INFINITY})
    void anImpossibleAmountOfNoiseIsRefused(double noise) {
        assertThatThrownBy(() -> new DpmSolver(noise)).hasMessageContaining("from 0 up");
    }

    @Test
    void anImpossibleOrderIsRefused() {
        assertThatThrownBy(() -> new DpmSolver(1, 3)).hasMessageContaining("order is 3; it must be 1 or 2");
    }

    @Test
    void anUnknownMethodIsNamed() {
        assertThatThrownBy(() -> Sampler.named("ddim"))
                .hasMessageContaining("'ddim'")
                .hasMessageContaining("euler-maruyama");
    }
}
