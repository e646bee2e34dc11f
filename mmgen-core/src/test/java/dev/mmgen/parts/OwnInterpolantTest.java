package dev.mmgen.parts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.SmallModelFolder;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.part.PartException;
import dev.mmgen.sampling.DpmSolver;
import dev.mmgen.sampling.EulerMaruyama;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.sampling.LatentSampler;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Interpolants of a user's own: one that keeps the contract, and some that break it. */
@ExtendWith(TensorLeakCheck.class)
class OwnInterpolantTest {

    /** {@code alpha = 1 - t^2}, {@code sigma = t^2}: data is left slowly, noise approached fast. */
    private record Quadratic() implements Interpolant {

        @Override
        public Tensor alpha(Tensor times) {
            return TensorScope.keeping(() -> sigma(times).neg().add(1));
        }

        @Override
        public Tensor sigma(Tensor times) {
            return times.pow(2);
        }

        @Override
        public Tensor alphaRate(Tensor times) {
            return times.mul(-2);
        }

        @Override
        public Tensor sigmaRate(Tensor times) {
            return times.mul(2);
        }
    }

    @Test
    void theFourFunctionsAreEnoughForVelocityScoreAndData() {
        Interpolant path = new Quadratic();
        try (TensorScope _ = TensorScope.open()) {
            Tensor data = Torch.tensor(new double[] {0.3, -1.7, 2.1});
            Tensor noise = Torch.tensor(new double[] {-0.4, 0.9, 1.3});
            Tensor state = path.mix(data, noise, 0.4);
            Tensor velocity = path.velocityTarget(data, noise, 0.4);
            double[] difference = path.mix(data, noise, 0.4 + 1e-5)
                    .sub(path.mix(data, noise, 0.4 - 1e-5))
                    .div(2e-5)
                    .toDoubles();
            assertThat(velocity.toDoubles()).containsExactly(difference, within(1e-8));
            assertThat(path.data(velocity, state, 0.4).toDoubles()).containsExactly(data.toDoubles(), within(1e-12));
            double[] score = noise.div(-path.sigma(0.4)).toDoubles();
            assertThat(path.score(velocity, state, 0.4).toDoubles()).containsExactly(score, within(1e-12));
        }
    }

    @Test
    void inpaintingFollowsAPathOfOnesOwn() {
        for (Sampler sampler : List.of(new EulerMaruyama(), DpmSolver.ODE)) {
            try (DiffusionTransformer model = SmallModelFolder.transformer(SmallModelFolder.transformerConfig());
                    LatentSampler latents = new LatentSampler(model, new Quadratic());
                    TensorScope _ = TensorScope.open()) {
                Tensor known = Torch.ones(1, 4, 8, 8);
                Tensor drawn = latents.sample(SamplingRequest.of(3)
                        .inpaint(1, known, Torch.cat(List.of(Torch.zeros(8, 4), Torch.ones(8, 4)), 1))
                        .sampler(sampler)
                        .steps(4)
                        .build());
                assertThat(drawn.slice(1, 4, 8).slice(3, 0, 4).toFloats()).containsOnly(1);
                assertThat(drawn.slice(1, 4, 8).slice(3, 4, 8).toFloats()).doesNotContain(1);
            }
        }
    }

    @Test
    void aModelFolderTakesOnlyPathsThatHaveAName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelConfig.standard(SmallModelFolder.transformerConfig(), new Quadratic()))
                .withMessageContaining(Quadratic.class.getName());
    }

    private record Broken(UnaryOperator<Tensor> sigmaOfTimes) implements Interpolant {

        @Override
        public Tensor alpha(Tensor times) {
            return times.neg();
        }

        @Override
        public Tensor sigma(Tensor times) {
            return sigmaOfTimes.apply(times);
        }

        @Override
        public Tensor alphaRate(Tensor times) {
            return times.neg();
        }

        @Override
        public Tensor sigmaRate(Tensor times) {
            return times.neg();
        }
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of((UnaryOperator<Tensor>) _ -> null, "null"),
                Arguments.of((UnaryOperator<Tensor>) times -> times.sum(), "the shape must be [5]"),
                Arguments.of((UnaryOperator<Tensor>) times -> times.div(0), "NaN"),
                Arguments.of(
                        (UnaryOperator<Tensor>) times -> {
                            times.mul(2);
                            throw new UnsupportedOperationException("no sigma");
                        },
                        "no sigma"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aBrokenPathIsNamedBeforeAnythingIsDrawn(UnaryOperator<Tensor> sigma, String fault) {
        try (DiffusionTransformer model = SmallModelFolder.transformer(SmallModelFolder.transformerConfig())) {
            assertThatExceptionOfType(PartException.class)
                    .isThrownBy(() -> new LatentSampler(model, new Broken(sigma)).close())
                    .withMessageContainingAll("interpolant " + Broken.class.getName(), "sigma", fault);
        }
    }
}
