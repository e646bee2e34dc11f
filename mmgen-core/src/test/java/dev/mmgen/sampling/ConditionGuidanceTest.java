package dev.mmgen.sampling;

import static dev.mmgen.sampling.SmallModels.latent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Guidance by what is given. */
@ExtendWith(TensorLeakCheck.class)
class ConditionGuidanceTest {

    private static final int SIZE = SmallModels.SIZE;
    private static final Guidance CLOSE = Guidance.NONE.withConditionScale(3);

    private DiffusionTransformer model;
    private LatentSampler sampler;
    private TensorScope scope;

    @BeforeEach
    void open() {
        model = SmallModels.of(TimeEmbedding.PER_MODALITY);
        sampler = new LatentSampler(model, Interpolant.linear());
        scope = TensorScope.open();
    }

    @AfterEach
    void close() {
        scope.close();
        sampler.close();
        model.close();
    }

    private float[] drawn(SamplingRequest.Builder request) {
        return sampler.sample(request.build()).toFloats();
    }

    private Tensor asked(Tensor first, Tensor second, Tensor third, double timeOfSecond, long label, long task) {
        float[] times = new float[12];
        for (int channel = 0; channel < times.length; channel++) {
            times[channel] = channel / 4 == 1 ? (float) timeOfSecond : 0.5f;
        }
        return model.forward(
                Torch.cat(List.of(first, second, third), 1),
                Torch.tensor(times, 1, 12, 1, 1),
                Torch.tensor(new long[] {label}),
                Torch.tensor(new long[] {task}));
    }

    @ParameterizedTest
    @CsvSource({"1, 3", "2.5, 3", "2.5, 0"})
    void addsWhatTheConditionsChange(double scale, double conditionScale) {
        Tensor noise = Torch.cat(List.of(latent(3, 1), latent(4, 1), latent(5, 1)), 1);
        Tensor given = latent(1, 1);
        SamplingRequest request = SamplingRequest.of(5)
                .condition(1, given)
                .holdTime(0.005)
                .guidance(Guidance.of(scale).withConditionScale(conditionScale))
                .build();
        KnownState known = new KnownState(request, model.inputs(), noise, Interpolant.linear());
        Tensor noisy = Interpolant.linear().mix(given, latent(4, 1), 0.5);
        Tensor named = asked(latent(0, 1), given, latent(2, 1), 0.005, 5, 2);
        Tensor unnamed = asked(latent(0, 1), given, latent(2, 1), 0.005, SmallModels.CLASSES, 2);
        Tensor free = asked(latent(0, 1), noisy, latent(2, 1), 0.5, scale == 1 ? 5 : SmallModels.CLASSES, 0);
        Tensor weak = scale == 1 ? named : unnamed;
        Tensor expected = unnamed.addScaled(named.sub(unnamed), scale).addScaled(weak.sub(free), conditionScale - 1);
        try (ConditioningCache cache = new ConditioningCache(1 << 20)) {
            ModelVelocity velocity =
                    new ModelVelocity(model, model.inputs(), request, cache, new ModelVelocity.Guides(null, known));
            Tensor state =
                    Torch.cat(List.of(latent(0, 1), given, latent(2, 1)), 1).to(DType.FLOAT64);
            assertThat(velocity.at(state, 0.5).toFloats()).containsExactly(expected.toFloats(), within(1e-4f));
        }
    }

    @Test
    void changesWhatIsDrawnFromAConditionAndNothingElse() {
        SamplingRequest.Builder given = SamplingRequest.withoutClass(2)
                .sampler(new Euler())
                .steps(4)
                .seed(3, 0)
                .condition(1, latent(1, 1));
        float[] plain = drawn(given);
        float[] close = drawn(given.guidance(CLOSE));
        assertThat(close).isNotEqualTo(plain);
        for (int sample = 0; sample < 2; sample++) {
            int from = (sample * 12 + 4) * SIZE * SIZE;
            for (int i = from; i < from + 4 * SIZE * SIZE; i++) {
                assertThat(close[i]).isEqualTo(plain[i]);
            }
        }
        assertThat(drawn(given.guidance(CLOSE.within(0.6, 0.7)))).isEqualTo(plain);
        SamplingRequest.Builder joint = SamplingRequest.of(4).steps(4).seed(3, 0);
        assertThat(drawn(joint.guidance(CLOSE))).isEqualTo(drawn(joint.guidance(Guidance.NONE)));
    }

    @Test
    void aGuideIsNotAskedOfConditions() {
        try (DiffusionTransformer weaker = SmallModels.of(TimeEmbedding.PER_MODALITY);
                LatentSampler guided = new LatentSampler(model, Interpolant.linear()).guidedBy(weaker)) {
            SamplingRequest.Builder given =
                    SamplingRequest.of(4).steps(4).seed(3, 0).condition(1, latent(1, 1));
            // A guide with the model's own weights changes nothing.
            float[] own = drawn(given.guidance(CLOSE));
            assertThat(guided.sample(given.guidance(CLOSE.withScale(2)).build()).toFloats())
                    .containsExactly(own, within(1e-4f));
        }
    }

    @Test
    void aModelOfOneTimeForAllRefusesIt() {
        try (DiffusionTransformer shared = SmallModels.of(TimeEmbedding.SHARED);
                LatentSampler other = new LatentSampler(shared, Interpolant.linear())) {
            SamplingRequest.Builder joint = SamplingRequest.of(4).steps(2).guidance(CLOSE);
            assertThat(other.sample(joint.build()).sum().item()).isFinite();
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> other.sample(joint.condition(1, latent(1, 1)).build()))
                    .withMessageContaining("condition guidance of 3.0 needs a model that is told times per modality");
        }
    }

    @Test
    void aReadingWithoutNoiseRefusesIt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sampler.sample(SamplingRequest.of(4)
                        .sampler(Sampler.named("direct"))
                        .steps(1)
                        .guidance(CLOSE)
                        .condition(0, latent(0, 1))
                        .build()))
                .withMessageContaining("condition guidance of 3.0")
                .withMessageContaining("read with another sampler");
    }
}
