package dev.mmgen.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Reading in one step without noise. */
@ExtendWith(TensorLeakCheck.class)
class DirectSamplerTest {

    /** A model of two modalities whose second is twice the first; noise beside the first would show in what it reads. */
    private record Doubling(TimeEmbedding times) implements VelocityModel {

        @Override
        public Inputs inputs() {
            return Inputs.of(2, 2, 4).withTimeEmbedding(times);
        }

        @Override
        public Tensor forward(Tensor latents, Tensor times, Tensor labels, @Nullable Tensor tasks) {
            Tensor photo = latents.slice(1, 0, 2);
            Tensor beside = latents.slice(1, 2, 4);
            return Torch.cat(List.of(photo, beside.mul(3).sub(photo.mul(2))), 1);
        }
    }

    private static Tensor read(TimeEmbedding times, Interpolant path, SamplingRequest.Builder request) {
        try (LatentSampler sampler = new LatentSampler(new Doubling(times), path)) {
            return sampler.sample(request.build());
        }
    }

    private static SamplingRequest.Builder request() {
        return SamplingRequest.withoutClass(1)
                .sampler(new DirectSampler())
                .steps(1)
                .holdTime(0);
    }

    @Test
    void whatIsReadFollowsFromThePhotoAlone() {
        try (TensorScope _ = TensorScope.open()) {
            for (long seed : new long[] {1, 2}) {
                Tensor read = read(
                        TimeEmbedding.PER_MODALITY,
                        Interpolant.linear(),
                        request().condition(0, photo()).seed(seed, 0));
                assertThat(read.slice(1, 0, 2).contiguous().toFloats()).containsOnly(0.75f);
                assertThat(read.slice(1, 2, 4).contiguous().toFloats()).containsOnly(1.5f);
            }
        }
    }

    /** The model answers {@code 3 x - 2 photo}: the second step goes from {@code (1.5 + noise) / 2} to half of it less. */
    @Test
    void furtherStepsGoOnFromWhatWasReadWithNoise() {
        try (TensorScope _ = TensorScope.open();
                NoiseSource noise = NoiseSource.perSample(3, 0)) {
            Tensor read = read(
                    TimeEmbedding.PER_MODALITY,
                    Interpolant.linear(),
                    request().condition(0, photo()).seed(3, 0).steps(2));
            Tensor start = noise.normal(DType.FLOAT32, Shape.of(1, 4, 4, 4)).slice(1, 2, 4);
            Tensor half = start.add(1.5).mul(0.5);
            Tensor expected = half.sub(half.mul(3).sub(1.5).mul(0.5));
            assertThat(read.slice(1, 2, 4).sub(expected).abs().amax().item()).isCloseTo(0, within(1e-6));
        }
    }

    @Test
    void whatItCannotMeetIsRefused() {
        try (TensorScope _ = TensorScope.open()) {
            assertRefused(TimeEmbedding.PER_MODALITY, Interpolant.linear(), request(), "no picture is given");
            SamplingRequest.Builder given = request().condition(0, photo());
            assertRefused(TimeEmbedding.SHARED, Interpolant.linear(), given, "one time for all");
            assertRefused(TimeEmbedding.PER_MODALITY, Interpolant.cosine(), given, "linear path");
        }
    }

    private static void assertRefused(
            TimeEmbedding times, Interpolant path, SamplingRequest.Builder request, String reason) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(times, path, request))
                .withMessageContaining("sampler direct")
                .withMessageContaining(reason);
    }

    private static Tensor photo() {
        return Torch.full(0.75, DType.FLOAT32, Device.CPU, Shape.of(1, 2, 4, 4));
    }
}
