package dev.mmgen.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A weaker model as the one that guidance pushes away from. */
@ExtendWith(TensorLeakCheck.class)
class AutoguidanceTest {

    /** The velocity of a path that ends in the picture of one value, whatever the class. */
    private record Value(double value, Inputs inputs, AtomicInteger calls) implements VelocityModel {

        Value(double value) {
            this(value, Inputs.of(1, 2, 4), new AtomicInteger());
        }

        @Override
        public Tensor forward(Tensor latents, Tensor times, Tensor labels, @Nullable Tensor tasks) {
            calls.incrementAndGet();
            return latents.mul(0).add(-value);
        }
    }

    private static SamplingRequest request(Guidance guidance) {
        return SamplingRequest.withoutClass(2)
                .sampler(Sampler.named("euler"))
                .steps(4)
                .guidance(guidance)
                .build();
    }

    private static Tensor drawn(LatentSampler sampler, Guidance guidance) {
        return sampler.sample(request(guidance));
    }

    @Test
    void theVelocityIsPushedAwayFromTheWeakerModels() {
        try (TensorScope _ = TensorScope.open();
                LatentSampler plain = new LatentSampler(new Value(0), Interpolant.linear());
                LatentSampler sampler = new LatentSampler(new Value(3), Interpolant.linear()).guidedBy(new Value(1))) {
            // The same noise, and weak + 2 (strong - weak) = 1 + 2 (3 - 1).
            Tensor noise = drawn(plain, Guidance.NONE);
            Tensor pushed = drawn(sampler, Guidance.of(2)).sub(noise);
            assertThat(pushed.sub(5).abs().amax().item()).isCloseTo(0, within(1e-5));
        }
    }

    @Test
    void theWeakerModelIsAskedOnlyWhereGuidanceApplies() {
        Value strong = new Value(3);
        Value weak = new Value(1);
        try (TensorScope _ = TensorScope.open();
                LatentSampler sampler = new LatentSampler(strong, Interpolant.linear()).guidedBy(weak)) {
            drawn(sampler, Guidance.NONE);
            assertThat(weak.calls()).hasValue(0);
            // Times 1, 0.75, 0.5, 0.25.
            drawn(sampler, Guidance.of(2).within(0.5, 0.8));
            assertThat(weak.calls()).hasValue(2);
            assertThat(strong.calls()).hasValue(8);
        }
    }

    @Test
    void aModelWithoutANullClassCanBeGuided() {
        var inputs = new VelocityModel.Inputs(1, 2, 4, 1, 3, false, TimeEmbedding.SHARED, false);
        SamplingRequest request =
                SamplingRequest.of(1).steps(2).guidance(Guidance.of(2)).build();
        try (TensorScope _ = TensorScope.open();
                LatentSampler sampler =
                        new LatentSampler(new Value(3, inputs, new AtomicInteger()), Interpolant.linear())) {
            assertThatThrownBy(() -> sampler.sample(request)).hasMessageContaining("or a weaker model as its guide");
            sampler.guidedBy(new Value(1, inputs, new AtomicInteger()));
            assertThat(sampler.sample(request).shape().size(0)).isEqualTo(1);
        }
    }

    @Test
    void aGuideOfOtherLatentsOrClassesIsRefused() {
        try (LatentSampler sampler = new LatentSampler(new Value(3), Interpolant.linear())) {
            var other = new Value(1, VelocityModel.Inputs.of(1, 2, 4).withClasses(5, true), new AtomicInteger());
            assertThatThrownBy(() -> sampler.guidedBy(other))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "the guide draws 1 modalities of 2 latent channels and 5 classes, but the model draws 1 modalities"
                                    + " of 2 latent channels and 0 classes; take a guide that was trained on the same");
        }
    }
}
