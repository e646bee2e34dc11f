package dev.mmgen.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.FormulaWeights;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Flow maps: transformers that are told two times, and the sampler that jumps between them. */
@ExtendWith(TensorLeakCheck.class)
class FlowMapTest {

    /** The flow of a single picture, whose pixels all have one value: {@code x_t = (1 - t) value + t noise}. */
    private record OnePicture(double value, boolean isFlowMap) implements VelocityModel {

        @Override
        public Inputs inputs() {
            return Inputs.of(1, 2, 4);
        }

        @Override
        public Tensor forward(Tensor latents, Tensor times, Tensor labels, @Nullable Tensor tasks) {
            return latents.sub(value).div(times.reshape(-1, 1, 1, 1));
        }

        @Override
        public Tensor averageVelocity(
                Tensor latents, Tensor times, Tensor ends, Tensor labels, @Nullable Tensor tasks) {
            return forward(latents, times, labels, tasks);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"flow-map", "flow-map-restart"})
    void aFlowMapReachesTheDataInAnyNumberOfSteps(String name) {
        for (int steps : new int[] {1, 2, 8}) {
            try (TensorScope _ = TensorScope.open();
                    var sampler = new LatentSampler(new OnePicture(0.75, true), Interpolant.linear())) {
                Tensor drawn = sampler.sample(request(name, steps));
                assertThat(drawn.sub(0.75).abs().amax().item())
                        .as(name + " in " + steps)
                        .isCloseTo(0, within(1e-6));
            }
        }
    }

    @Test
    void onlyTheStochasticSamplerDrawsMoreNoise() {
        assertThat(draws("flow-map", 3)).isEqualTo(1);
        assertThat(draws("flow-map-restart", 3)).isEqualTo(3);
    }

    private static int draws(String name, int steps) {
        int[] draws = {0};
        try (TensorScope _ = TensorScope.open();
                NoiseSource noise = NoiseSource.perSample(3, 0);
                var sampler = new LatentSampler(new OnePicture(0, true), Interpolant.linear())) {
            sampler.sample(builder(name, steps)
                    .noise(() -> new NoiseSource() {
                        @Override
                        public Tensor normal(DType type, Shape shape) {
                            draws[0]++;
                            return noise.normal(type, shape);
                        }
                    })
                    .build());
        }
        return draws[0];
    }

    @Test
    void aModelOfVelocitiesAloneIsRefusedBeforeItIsAsked() {
        try (var sampler = new LatentSampler(new OnePicture(0, false), Interpolant.linear())) {
            assertThatThrownBy(() -> sampler.sample(request("flow-map", 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("needs a flow map")
                    .hasMessageContaining("mmgen distill");
        }
    }

    @Test
    void aTransformerIsAskedBetweenTwoTimes() {
        try (DiffusionTransformer model = flowMap(1);
                DiffusionTransformer same = SmallModels.of(TimeEmbedding.PER_MODALITY);
                TensorScope _ = TensorScope.open()) {
            Tensor latents = latents();
            Tensor labels = Torch.tensor(new long[] {4});
            Tensor time = times(0.8f);
            double[] velocity = same.forward(latents, time, labels, null).toDoubles();
            assertThat(model.forward(latents, time, labels, null).toDoubles()).containsExactly(velocity);
            assertThat(model.averageVelocity(latents, time, time, labels, null).toDoubles())
                    .containsExactly(velocity);
            assertThat(model.averageVelocity(latents, time, times(0.1f), labels, null)
                            .toDoubles())
                    .isNotEqualTo(velocity);
        }
    }

    @Test
    void blocksOfTheFlowMapsDepthSeeTheFirstTimeAlone() {
        try (DiffusionTransformer model = flowMap(1);
                TensorScope _ = TensorScope.open()) {
            Tensor labels = Torch.tensor(new long[] {4});
            var whole = model.condition(times(0.8f), labels, null);
            var step = model.condition(times(0.8f), times(0.1f), labels, null);
            assertThat(model.tokens(latents(), step, 1).toDoubles())
                    .containsExactly(model.tokens(latents(), whole, 1).toDoubles());
            assertThat(model.tokens(latents(), step, 2).toDoubles())
                    .isNotEqualTo(model.tokens(latents(), whole, 2).toDoubles());
        }
    }

    @Test
    void stepsOfEveryTransformerAreCachedByBothTimes() {
        try (DiffusionTransformer model = flowMap(2);
                LatentSampler sampler = new LatentSampler(model, Interpolant.linear());
                TensorScope _ = TensorScope.open()) {
            double[] first = sampler.sample(small("flow-map", 2)).toDoubles();
            assertThat(sampler.conditionings()).isEqualTo(2);
            assertThat(sampler.sample(small("flow-map", 2)).toDoubles()).containsExactly(first);
            assertThat(sampler.conditionings()).isEqualTo(2);
            assertThat(sampler.sample(small("euler", 2)).toDoubles()).isNotEqualTo(first);
        }
    }

    @Test
    void anOrdinaryTransformerIsNoFlowMap() {
        try (DiffusionTransformer model = SmallModels.of(TimeEmbedding.PER_MODALITY);
                TensorScope _ = TensorScope.open()) {
            assertThat(model.isFlowMap()).isFalse();
            assertThatThrownBy(() ->
                            model.averageVelocity(latents(), times(1), times(0), Torch.tensor(new long[] {0}), null))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("flowMapDepth");
        }
    }

    private static DiffusionTransformer flowMap(int depth) {
        try (DiffusionTransformer ordinary = SmallModels.of(TimeEmbedding.PER_MODALITY);
                Generator generator = Generator.seeded(1)) {
            DiffusionTransformer model = new DiffusionTransformer(
                    ordinary.config().toBuilder().flowMapDepth(depth).build());
            model.initialize(generator);
            FormulaWeights.fill(model, "");
            return model;
        }
    }

    private static Tensor latents() {
        int channels = 3 * 4;
        double[] values = new double[channels * SmallModels.SIZE * SmallModels.SIZE];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.sin(i);
        }
        return Torch.tensor(values, 1, channels, SmallModels.SIZE, SmallModels.SIZE)
                .to(DType.FLOAT32);
    }

    private static Tensor times(float time) {
        return Torch.full(time, DType.FLOAT32, Device.CPU, Shape.of(1, 3 * 4, 1, 1));
    }

    private static SamplingRequest small(String name, int steps) {
        return SamplingRequest.of(1).sampler(Sampler.named(name)).steps(steps).build();
    }

    private static SamplingRequest request(String name, int steps) {
        return builder(name, steps).build();
    }

    private static SamplingRequest.Builder builder(String name, int steps) {
        return SamplingRequest.withoutClass(2).sampler(Sampler.named(name)).steps(steps);
    }
}
