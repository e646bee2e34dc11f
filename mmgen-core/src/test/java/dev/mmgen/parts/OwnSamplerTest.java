package dev.mmgen.parts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.SmallModelFolder;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.part.PartException;
import dev.mmgen.sampling.Heun;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.sampling.NoiseSource;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.SamplerRun;
import dev.mmgen.sampling.TimeGrid;
import dev.mmgen.sampling.VelocityField;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Samplers of a user's own: one that keeps the contract, and some that break it. */
@ExtendWith(TensorLeakCheck.class)
class OwnSamplerTest {

    @TempDir
    private static Path folder;

    /** Ralston's method of two stages, of second order: weights 1/4 and 3/4, the second stage after two thirds. */
    private record Ralston() implements Sampler {

        @Override
        public Stepper begin(VelocityField field, TimeGrid grid, NoiseSource noise) {
            return (state, index) -> {
                double time = grid.time(index);
                double step = grid.step(index);
                Tensor first = field.velocity(state, time);
                double there = time + step * 2 / 3;
                Tensor guess = field.constrain(state.addScaled(first, step * 2 / 3), there);
                Tensor second = field.velocity(guess, there);
                return state.addScaled(first, step / 4).addScaled(second, step * 3 / 4);
            };
        }

        @Override
        public int evaluations(int steps) {
            return 2 * steps;
        }
    }

    /** dx/dt = -x cos(t), whose solution is x(0) = x(1) * exp(sin 1). */
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

    private static double run(Sampler sampler, VelocityField field, int steps) {
        try (TensorScope _ = TensorScope.open();
                NoiseSource noise = NoiseSource.oneStream(0)) {
            Tensor start = Torch.full(1, DType.FLOAT32, Device.CPU, Shape.of(1, 1, 1, 1));
            return new SamplerRun(sampler, field, sampler.grid(steps), noise)
                    .from(start)
                    .item();
        }
    }

    @Test
    void aTwoStageMethodConvergesWithItsOrder() {
        double exact = Math.exp(Math.sin(1));
        Analytic field = new Analytic();
        double coarse = Math.abs(run(new Ralston(), field, 32) - exact);
        assertThat(field.calls).isEqualTo(new Ralston().evaluations(32));
        double fine = Math.abs(run(new Ralston(), field, 64) - exact);
        assertThat(Math.log(coarse / fine) / Math.log(2)).isCloseTo(2, within(0.1));
    }

    @Test
    void aRequestTakesASamplerOfOnesOwn() {
        try (MmGen mmgen = MmGen.open(SmallModelFolder.write(folder))) {
            MultiModalImage own =
                    mmgen.generate().category(3).sampler(new Ralston()).steps(2).run();
            MultiModalImage heun =
                    mmgen.generate().category(3).sampler(new Heun()).steps(2).run();
            assertThat(own.pictures()).hasSize(4);
            assertThat(own.rgb()).isNotEqualTo(heun.rgb());
        }
    }

    private record NoSteps() implements Sampler {
        @Override
        @SuppressWarnings("NullAway")
        public Stepper begin(VelocityField field, TimeGrid grid, NoiseSource noise) {
            return null;
        }
    }

    private record Broken(Stepper stepper) implements Sampler {
        @Override
        public Stepper begin(VelocityField field, TimeGrid grid, NoiseSource noise) {
            return stepper;
        }
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of((Sampler.Stepper) (_, _) -> null, "null"),
                Arguments.of((Sampler.Stepper) (state, _) -> state, "the state it was given"),
                Arguments.of((Sampler.Stepper) (state, _) -> state.reshape(-1), "the shape must be [1, 1, 1, 1]"),
                Arguments.of((Sampler.Stepper) (state, _) -> state.to(DType.FLOAT32), "float32"),
                Arguments.of((Sampler.Stepper) (state, _) -> state.mul(Double.NaN), "NaN"),
                Arguments.of((Sampler.Stepper) (state, _) -> state.div(0), "infinite"),
                Arguments.of((Sampler.Stepper) (state, _) -> closed(state.mul(2)), "a closed tensor"),
                Arguments.of(
                        (Sampler.Stepper) (state, _) -> {
                            state.mul(2);
                            throw new IllegalStateException("out of luck");
                        },
                        "out of luck"));
    }

    private static Tensor closed(Tensor tensor) {
        tensor.close();
        return tensor;
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aBrokenStepIsNamedWithItsSampler(Sampler.Stepper stepper, String fault) {
        assertThatExceptionOfType(PartException.class)
                .isThrownBy(() -> run(new Broken(stepper), new Analytic(), 3))
                .withMessageContainingAll("sampler " + Broken.class.getName(), "step 1 of 3", fault);
    }

    @Test
    void aSamplerWithoutStepsIsNamed() {
        assertThatExceptionOfType(PartException.class)
                .isThrownBy(() -> run(new NoSteps(), new Analytic(), 3))
                .withMessageContainingAll("sampler " + NoSteps.class.getName(), "null", "begin");
    }
}
