package dev.mmgen.parts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.FormulaWeights;
import dev.mmgen.Mask;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.SmallModelFolder;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.Posterior;
import dev.mmgen.codec.SmallAutoencoders;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.part.PartException;
import dev.mmgen.sampling.AdamsBashforth;
import dev.mmgen.sampling.Euler;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Heun;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.sampling.LatentSampler;
import dev.mmgen.sampling.NoiseSource;
import dev.mmgen.sampling.SamplingRequest;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Velocity models of a user's own that are formulas, checked against the exact solution, and some that break the contract. */
@ExtendWith(TensorLeakCheck.class)
class OwnVelocityModelTest {

    private static final double MEAN = 0.7;
    private static final double DEVIATION = 0.5;

    /**
     * The exact velocity on the linear path where all data is one Gaussian of mean {@value MEAN} + label and deviation
     * {@value DEVIATION}: the state x has mean {@code (1 - t) m} and variance {@code ((1 - t) s)^2 + t^2}.
     */
    private record Gaussian(Inputs inputs) implements VelocityModel {

        @Override
        public Tensor forward(Tensor latents, Tensor times, Tensor labels, @Nullable Tensor tasks) {
            Tensor time = times.reshape(-1, times.rank() == 1 ? 1 : times.size(1), 1, 1);
            Tensor alpha = time.neg().add(1);
            Tensor mean = labels.to(DType.FLOAT32).reshape(-1, 1, 1, 1).add(MEAN);
            Tensor centred = latents.sub(alpha.mul(mean));
            Tensor variance = alpha.mul(DEVIATION).pow(2).add(time.pow(2));
            Tensor noise = centred.mul(time).div(variance);
            Tensor data =
                    centred.mul(alpha).mul(DEVIATION * DEVIATION).div(variance).add(mean);
            return noise.sub(data);
        }
    }

    /** A Gaussian walks to a Gaussian along straight quantiles: noise z ends as {@code m + s z}. */
    private static float[] exact(Tensor noise, double mean) {
        return noise.mul(DEVIATION).add(mean).toFloats();
    }

    private static Tensor noise(int samples) {
        try (NoiseSource source = NoiseSource.perSample(3, 0)) {
            return source.normal(DType.FLOAT32, Shape.of(samples, 6, 4, 5));
        }
    }

    @Test
    void aFormulaEndsAtItsExactSolution() {
        VelocityModel model = new Gaussian(VelocityModel.Inputs.of(2, 3, 4));
        try (LatentSampler sampler = new LatentSampler(model, Interpolant.linear());
                TensorScope _ = TensorScope.open()) {
            Tensor drawn = sampler.sample(SamplingRequest.withoutClass(2)
                    .size(4, 5)
                    .sampler(new AdamsBashforth())
                    .steps(400)
                    .seed(3, 0)
                    .build());
            assertThat(drawn.toFloats()).containsExactly(exact(noise(2), MEAN), within(2e-4f));
        }
    }

    @Test
    void classesAndGuidanceReachAFormula() {
        VelocityModel model = new Gaussian(VelocityModel.Inputs.of(2, 3, 4).withClasses(5, true));
        try (LatentSampler sampler = new LatentSampler(model, Interpolant.linear());
                TensorScope _ = TensorScope.open()) {
            SamplingRequest.Builder request = SamplingRequest.of(2, 2)
                    .size(4, 5)
                    .sampler(new Heun())
                    .steps(200)
                    .seed(3, 0);
            assertThat(sampler.sample(request.build()).toFloats())
                    .containsExactly(exact(noise(2), MEAN + 2), within(5e-4f));
            // The velocity is linear in the mean, so guidance of 2 from the null class, 5, to 2 leads to 2 * 2 - 5.
            assertThat(sampler.sample(request.guidance(Guidance.of(2)).build()).toFloats())
                    .containsExactly(exact(noise(2), MEAN - 1), within(5e-4f));
        }
    }

    @Test
    void conditionsAndTimesPerModalityReachAFormula() {
        VelocityModel model =
                new Gaussian(VelocityModel.Inputs.of(2, 3, 4).withTimeEmbedding(TimeEmbedding.PER_MODALITY));
        try (LatentSampler sampler = new LatentSampler(model, Interpolant.linear());
                TensorScope _ = TensorScope.open()) {
            Tensor drawn = sampler.sample(SamplingRequest.withoutClass(1)
                    .size(4, 5)
                    .condition(1, Torch.ones(1, 3, 4, 5))
                    .holdTime(0)
                    .sampler(new Heun())
                    .steps(200)
                    .seed(3, 0)
                    .build());
            assertThat(drawn.slice(1, 3, 6).toFloats()).containsOnly(1);
            assertThat(drawn.slice(1, 0, 3).toFloats())
                    .containsExactly(exact(noise(1).slice(1, 0, 3), MEAN), within(5e-4f));
        }
    }

    /** The pipeline with a formula in place of the transformer, and with its own autoencoder. */
    @Test
    void theWholePipelineTakesAFormula() {
        VelocityModel model = new Gaussian(
                VelocityModel.Inputs.of(4, 4, 8).withClasses(10, true).withTimeEmbedding(TimeEmbedding.PER_MODALITY));
        try (AutoencoderKl autoencoder = new AutoencoderKl(SmallAutoencoders.tinyConfig())) {
            FormulaWeights.fill(autoencoder, "");
            try (MmGen mmgen = MmGen.of(SmallModelFolder.config(), model, autoencoder)) {
                MultiModalImage image = mmgen.generate()
                        .category(3)
                        .sampler(new Euler())
                        .steps(3)
                        .run();
                assertThat(image.pictures()).hasSize(4);
                assertThat(image.width()).isEqualTo(SmallModelFolder.PIXELS);
                RgbImage photo = image.rgb();
                assertThat(mmgen.understand(photo).steps(2).run().rgb()).isEqualTo(photo);
                Mask half = Mask.none(32, 32).withRectangle(0, 0, 16, 32);
                assertThat(mmgen.generate()
                                .inpaint(image, half)
                                .steps(2)
                                .run()
                                .rgb()
                                .crop(16, 0, 16, 32))
                        .isEqualTo(photo.crop(16, 0, 16, 32));
                assertThat(mmgen.generate()
                                .given(Modality.DEPTH, photo)
                                .steps(2)
                                .run())
                        .isNotEqualTo(image);
                assertThatIllegalStateException()
                        .isThrownBy(mmgen::transformer)
                        .withMessageContaining(Gaussian.class.getName());
            }
            VelocityModel other = new Gaussian(VelocityModel.Inputs.of(2, 4, 8));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> MmGen.of(SmallModelFolder.config(), other, autoencoder))
                    .withMessageContainingAll(Gaussian.class.getName(), "2 modalities", "4");
        }
    }

    /** An autoencoder that has no size. */
    private record Shrunk(Autoencoder network, int factor) implements Autoencoder {

        @Override
        public int imageChannels() {
            return network.imageChannels();
        }

        @Override
        public int latentChannels() {
            return network.latentChannels();
        }

        @Override
        public Device device() {
            return network.device();
        }

        @Override
        public Posterior encode(Tensor images) {
            return network.encode(images);
        }

        @Override
        public Tensor decode(Tensor latents) {
            return network.decode(latents);
        }
    }

    @Test
    void anAutoencoderWithoutAFactorIsNamedWhereItIsTaken() {
        VelocityModel model = new Gaussian(
                VelocityModel.Inputs.of(4, 4, 8).withClasses(10, true).withTimeEmbedding(TimeEmbedding.PER_MODALITY));
        try (AutoencoderKl autoencoder = new AutoencoderKl(SmallAutoencoders.tinyConfig())) {
            for (int factor : new int[] {0, -8, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> MmGen.of(SmallModelFolder.config(), model, new Shrunk(autoencoder, factor)))
                        .withMessageContainingAll(Shrunk.class.getName(), String.valueOf(factor), "factor");
            }
        }
    }

    @Test
    void aModelMayWrapTheTransformer() {
        try (DiffusionTransformer transformer = SmallModelFolder.transformer(SmallModelFolder.transformerConfig());
                TensorScope _ = TensorScope.open()) {
            VelocityModel wrapped = new VelocityModel() {
                @Override
                public Inputs inputs() {
                    return transformer.inputs();
                }

                @Override
                public Tensor forward(Tensor latents, Tensor times, Tensor labels, @Nullable Tensor tasks) {
                    return transformer.forward(latents, times, labels, tasks);
                }
            };
            SamplingRequest request = SamplingRequest.of(1, 2)
                    .condition(2, Torch.ones(1, 4, 8, 8))
                    .guidance(Guidance.of(2))
                    .steps(3)
                    .build();
            try (LatentSampler own = new LatentSampler(wrapped, Interpolant.linear());
                    LatentSampler plain = new LatentSampler(transformer, Interpolant.linear())) {
                assertThat(own.sample(request).toFloats())
                        .containsExactly(plain.sample(request).toFloats(), within(1e-5f));
            }
        }
    }

    private record Broken(UnaryOperator<Tensor> answer) implements VelocityModel {

        @Override
        public Inputs inputs() {
            return Inputs.of(1, 4, 4);
        }

        @Override
        public Tensor forward(Tensor latents, Tensor times, Tensor labels, @Nullable Tensor tasks) {
            return answer.apply(latents);
        }
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of((UnaryOperator<Tensor>) _ -> null, "null"),
                Arguments.of(
                        (UnaryOperator<Tensor>) latents -> latents.slice(1, 0, 2), "the shape must be [1, 4, 4, 4]"),
                Arguments.of((UnaryOperator<Tensor>) latents -> latents.to(DType.INT64), "int64"),
                Arguments.of((UnaryOperator<Tensor>) latents -> latents.mul(Double.NaN), "NaN"),
                Arguments.of(
                        (UnaryOperator<Tensor>) latents -> {
                            latents.mul(2);
                            throw new IllegalStateException("no velocity today");
                        },
                        "no velocity today"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aBrokenModelIsNamed(UnaryOperator<Tensor> answer, String fault) {
        try (LatentSampler sampler = new LatentSampler(new Broken(answer), Interpolant.linear())) {
            assertThatExceptionOfType(PartException.class)
                    .isThrownBy(() -> sampler.sample(
                            SamplingRequest.withoutClass(1).steps(2).build()))
                    .withMessageContainingAll("velocity model " + Broken.class.getName(), "forward at time 1.0", fault);
        }
    }

    @Test
    void aBrokenNoiseSourceIsNamed() {
        VelocityModel model = new Gaussian(VelocityModel.Inputs.of(2, 3, 4));
        NoiseSource tooSmall = (_, _) -> Torch.zeros(1, 2);
        try (LatentSampler sampler = new LatentSampler(model, Interpolant.linear())) {
            assertThatExceptionOfType(PartException.class)
                    .isThrownBy(() -> sampler.sample(SamplingRequest.withoutClass(1)
                            .noise(() -> tooSmall)
                            .build()))
                    .withMessageContainingAll(
                            "noise source (a lambda in " + getClass().getName(), "[1, 2]", "[1, 6, 4, 4]");
        }
    }

    @Test
    void inputsOutOfRangeAreRefusedByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VelocityModel.Inputs.of(0, 4, 4))
                .withMessageContainingAll("'modalities' is 0", "at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VelocityModel.Inputs.of(1, 4, 5).withPatchSize(2))
                .withMessageContainingAll("'size' is 5", "multiple");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VelocityModel.Inputs.of(1, 4, 4).withClasses(0, false))
                .withMessageContaining("'nullClass'");
    }
}
