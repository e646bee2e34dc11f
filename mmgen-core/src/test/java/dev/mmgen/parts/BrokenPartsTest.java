package dev.mmgen.parts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.codec.MultiModalDecoder;
import dev.mmgen.codec.Posterior;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.part.PartException;
import dev.mmgen.sampling.Euler;
import dev.mmgen.sampling.EulerMaruyama;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.sampling.LatentSampler;
import dev.mmgen.sampling.NoiseSource;
import dev.mmgen.sampling.Sampler;
import dev.mmgen.sampling.SamplingCancelledException;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.sampling.SamplingStep;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Parts of a user's own that break their contract while latents are drawn or decoded: each is named, and nothing is lost. */
@ExtendWith(TensorLeakCheck.class)
@SuppressWarnings("NullAway") // nulls are what is tested
class BrokenPartsTest {

    /** A model whose velocity is a function of the latents. */
    private record Model(UnaryOperator<Tensor> velocity) implements VelocityModel {
        @Override
        public Inputs inputs() {
            return Inputs.of(2, 3, 4);
        }

        @Override
        public Tensor forward(Tensor latents, Tensor times, Tensor labels, @Nullable Tensor tasks) {
            return velocity.apply(latents);
        }
    }

    /** A path with shares of data that a test gives. */
    private record Path(UnaryOperator<Tensor> data, UnaryOperator<Tensor> rate) implements Interpolant {
        static Path of(UnaryOperator<Tensor> data) {
            return new Path(data, times -> times.mul(0).sub(1));
        }

        @Override
        public Tensor alpha(Tensor times) {
            return data.apply(times);
        }

        @Override
        public Tensor sigma(Tensor times) {
            return times.mul(1);
        }

        @Override
        public Tensor alphaRate(Tensor times) {
            return rate.apply(times);
        }

        @Override
        public Tensor sigmaRate(Tensor times) {
            return times.mul(0).add(1);
        }
    }

    private static final VelocityModel HALF = new Model(latents -> latents.mul(0.5));

    private static SamplingRequest.Builder request() {
        return SamplingRequest.withoutClass(1).sampler(new Euler()).steps(3);
    }

    private static void draw(VelocityModel model, Interpolant path, SamplingRequest request) {
        try (LatentSampler sampler = new LatentSampler(model, path);
                Tensor _ = sampler.sample(request)) {
            assertThat(sampler).isNotNull();
        }
    }

    private static Arguments model(String fault, UnaryOperator<Tensor> velocity) {
        return Arguments.of(fault, new Model(velocity));
    }

    static Stream<Arguments> models() {
        return Stream.of(
                model("left a TensorScope open in forward", latents -> {
                    TensorScope.open();
                    return latents.mul(1);
                }),
                model("left the recording of gradients on in forward", latents -> {
                    Torch.enableGrad();
                    return latents.mul(1);
                }),
                model("failed in forward at time 1.0: java.util.concurrent.CancellationException", _ -> {
                    throw new CancellationException();
                }));
    }

    @ParameterizedTest
    @MethodSource("models")
    void modelIsNamed(String fault, VelocityModel model) {
        assertThatExceptionOfType(PartException.class)
                .isThrownBy(() -> draw(model, Interpolant.linear(), request().build()))
                .withMessageContainingAll("the velocity model " + Model.class.getName(), fault);
        try (TensorScope _ = TensorScope.open()) {
            assertThat(Torch.ones(1).requiresGrad(true).mul(2).requiresGrad()).isTrue();
        }
    }

    @Test
    void errorPassesWithTheNameOfThePart() {
        VelocityModel model = new Model(_ -> {
            throw new AssertionError("out of luck");
        });
        Throwable thrown =
                catchThrowable(() -> draw(model, Interpolant.linear(), request().build()));
        assertThat(thrown).isInstanceOf(AssertionError.class);
        assertThat(thrown.getSuppressed()[0]).hasMessageContaining(Model.class.getName() + " failed in forward");
    }

    @Test
    void cancellationOfARunPasses() {
        VelocityModel model = new Model(_ -> {
            throw new SamplingCancelledException("enough");
        });
        assertThatExceptionOfType(SamplingCancelledException.class)
                .isThrownBy(() -> draw(model, Interpolant.linear(), request().build()))
                .withMessage("enough");
    }

    @Test
    void constantOfNoScopeIsRefusedAndStaysItsOwners() {
        try (Tensor constant = Torch.ones(1, 6, 4, 4).unscoped()) {
            assertThatExceptionOfType(PartException.class)
                    .isThrownBy(() -> draw(
                            new Model(_ -> constant),
                            Interpolant.linear(),
                            request().build()))
                    .withMessageContaining("a tensor of no TensorScope from forward");
            assertThat(constant.isClosed()).isFalse();
            draw(
                    new Model(_ -> constant.detach()),
                    Interpolant.linear(),
                    request().build());
            assertThat(constant.isClosed()).isFalse();
        }
    }

    static Stream<Arguments> paths() {
        return Stream.of(
                Arguments.of("5.0 at time 0", Path.of(times -> times.mul(0).add(5))),
                Arguments.of("-1.0 at time 0", Path.of(times -> times.sub(1))),
                Arguments.of(
                        "alpha falls with time",
                        new Path(
                                times -> times.mul(-1).add(1),
                                times -> times.mul(0).add(1))),
                Arguments.of(
                        "a tensor of float32",
                        Path.of(times -> times.mul(-1).add(1).to(DType.FLOAT32))));
    }

    @ParameterizedTest
    @MethodSource("paths")
    void pathIsNamed(String fault, Interpolant path) {
        assertThatExceptionOfType(PartException.class)
                .isThrownBy(() -> new LatentSampler(HALF, path).close())
                .withMessageContainingAll("the interpolant " + Path.class.getName(), fault);
    }

    @Test
    void pathThatFailsLaterIsNamedUnderASamplerThatAsksIt() {
        int[] calls = {0};
        Interpolant path = Path.of(times -> {
            if (++calls[0] > 1) {
                throw new IllegalStateException("late");
            }
            return times.mul(-1).add(1);
        });
        assertThatExceptionOfType(PartException.class)
                .isThrownBy(() -> draw(
                        HALF,
                        path,
                        request().sampler(new EulerMaruyama()).steps(3).build()))
                .withMessageContainingAll("the interpolant " + Path.class.getName() + " failed in score", "late");
    }

    @Test
    void noiseIsNamedInLaterStepsToo() {
        int[] calls = {0};
        NoiseSource noise = (dtype, shape) -> Torch.full(++calls[0] > 1 ? Double.NaN : 0.5, dtype, Device.CPU, shape);
        assertThatExceptionOfType(PartException.class)
                .isThrownBy(() -> draw(
                        HALF,
                        Interpolant.linear(),
                        request()
                                .sampler(new EulerMaruyama())
                                .steps(3)
                                .noise(() -> noise)
                                .build()))
                .withMessageContaining(
                        "the noise source (a lambda in " + getClass().getName() + ") returned numbers")
                .withMessageContaining("check its arithmetic and the numbers it was given");
        assertThatExceptionOfType(PartException.class)
                .isThrownBy(() -> draw(
                        HALF, Interpolant.linear(), request().noise(() -> null).build()))
                .withMessageContaining(
                        "the noise supplier (a lambda in " + getClass().getName() + ") returned null");
    }

    @Test
    void samplerThatAsksForAnotherStateIsNamed() {
        Sampler wrongShape = (field, _, _) -> (state, _) -> state.add(field.velocity(Torch.ones(7, 6, 4, 4), 0.5));
        Sampler wrongTime = (field, _, _) -> (state, _) -> state.add(field.velocity(state, 7));
        for (Sampler sampler : new Sampler[] {wrongShape, wrongTime}) {
            assertThatExceptionOfType(PartException.class)
                    .isThrownBy(() -> draw(
                            HALF,
                            Interpolant.linear(),
                            request().sampler(sampler).steps(2).build()))
                    .withMessageContaining(
                            "the sampler (a lambda in " + getClass().getName() + ") failed in step 1");
        }
    }

    static Stream<Arguments> listeners() {
        return Stream.of(
                Arguments.of("closed", (Consumer<SamplingStep>)
                        step -> step.latents().close()),
                Arguments.of("wrote NaN", (Consumer<SamplingStep>)
                        step -> step.latents().copy_(step.latents().mul(Double.NaN))));
    }

    @ParameterizedTest
    @MethodSource("listeners")
    void listenerIsNamed(String fault, Consumer<SamplingStep> listener) {
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> draw(
                        HALF, Interpolant.linear(), request().onStep(listener).build()))
                .withMessageContainingAll(
                        "the listener (a lambda in " + getClass().getName(), fault, "step 1 of 3");
    }

    @Test
    void guidanceBeyondNumbersIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Guidance.of(1e30))
                .withMessageContaining("guidance scale is 1.0E30");
    }

    @Test
    void partsThatAreNullAreNamedByTheirRole() {
        assertThatNullPointerException()
                .isThrownBy(() -> new LatentSampler(null, Interpolant.linear()))
                .withMessageContaining("the velocity model is null");
        assertThatNullPointerException()
                .isThrownBy(() -> new LatentSampler(HALF, null))
                .withMessageContaining("the interpolant is null");
    }

    /** An autoencoder that repeats the first three channels. */
    private record Repeating(int factor, int latentChannels, int decodedChannels) implements Autoencoder {
        @Override
        public int imageChannels() {
            return 3;
        }

        @Override
        public Device device() {
            return Device.CPU;
        }

        @Override
        public Posterior encode(Tensor images) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Tensor decode(Tensor latents) {
            return Torch.full(
                    0,
                    DType.FLOAT32,
                    Device.CPU,
                    Shape.of(latents.size(0), 3, latents.size(2) * factor, latents.size(3) * factor));
        }
    }

    private static MultiModalDecoder decoder(Autoencoder autoencoder, LatentNormalization normalization) {
        return new MultiModalDecoder(autoencoder, ModalitySet.standard(), normalization);
    }

    @Test
    void autoencoderIsNamedByItsNumbers() {
        String name = "the autoencoder " + Repeating.class.getName();
        LatentNormalization usual = LatentNormalization.STABLE_DIFFUSION;
        for (int factor : new int[] {0, -1, Integer.MAX_VALUE}) {
            assertThatExceptionOfType(PartException.class)
                    .isThrownBy(() -> decoder(new Repeating(factor, 4, 3), usual))
                    .withMessageContaining(name + " returned " + factor + " from factor");
        }
        assertThatExceptionOfType(PartException.class)
                .isThrownBy(() -> decoder(new Repeating(8, -4, 3), usual))
                .withMessageContaining(name + " returned -4 from latentChannels");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> decoder(new Repeating(8, 4, 1), usual))
                .withMessageContaining(name + " has 1 decodedChannels; pictures need 3");
    }

    @Test
    void normalizationThatComputesInPlaceLeavesTheCallersLatents() {
        LatentNormalization inPlace = new LatentNormalization() {
            @Override
            public Tensor normalise(Tensor raw, int modality) {
                return raw;
            }

            @Override
            public Tensor restore(Tensor latents, int modality) {
                return latents.mul_(Torch.scalar(2));
            }

            @Override
            public void requireFit(int modalities, int channels) {}
        };
        try (Tensor latents = Torch.ones(1, 16, 2, 2)) {
            decoder(new Repeating(2, 4, 3), inPlace).decode(latents);
            assertThat(latents.toFloats()).containsOnly(1);
        }
    }
}
