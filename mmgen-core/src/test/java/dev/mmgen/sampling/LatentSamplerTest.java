package dev.mmgen.sampling;

import static dev.mmgen.sampling.SmallModels.latent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.part.PartException;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(TensorLeakCheck.class)
class LatentSamplerTest {

    private static final int SIZE = SmallModels.SIZE;

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

    private static SamplingRequest.Builder request(int... labels) {
        return SamplingRequest.of(labels).steps(4).seed(3, 0);
    }

    private static Tensor modality(Tensor latents, int modality) {
        return latents.slice(1, 4L * modality, 4L * modality + 4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"euler", "heun", "adams-bashforth", "dpm-solver", "euler-maruyama", "dpm-solver-sde", "ancestral"
            })
    void samplesDoNotDependOnTheSplitIntoBatches(String method) {
        Sampler numeric = Sampler.named(method);
        Guidance guidance = Guidance.of(1.8);
        Tensor whole = sampler.sample(
                request(1, 4, 4, 7).sampler(numeric).guidance(guidance).build());
        Tensor front =
                sampler.sample(request(1).sampler(numeric).guidance(guidance).build());
        Tensor back = sampler.sample(
                request(4, 4, 7).sampler(numeric).guidance(guidance).seed(3, 1).build());
        assertThat(Torch.cat(List.of(front, back), 0).toFloats()).containsExactly(whole.toFloats(), within(1e-5f));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"euler", "heun", "adams-bashforth", "dpm-solver", "euler-maruyama", "dpm-solver-sde", "ancestral"
            })
    void aStartIsKeptTheMoreTheLaterTheRunBegins(String method) {
        Sampler numeric = Sampler.named(method);
        Tensor start = Torch.cat(List.of(latent(0, 1), latent(1, 1), latent(2, 1)), 1);
        Tensor fromNoise = sampler.sample(request(1, 2).sampler(numeric).build());
        assertThat(sampler.sample(request(1, 2).sampler(numeric).start(start, 1).build())
                        .toFloats())
                .containsExactly(fromNoise.toFloats(), within(1e-6f));
        double before = 0;
        for (double strength : new double[] {0.001, 0.3, 0.9}) {
            Tensor drawn = sampler.sample(
                    request(1, 2).sampler(numeric).start(start, strength).build());
            double distance = drawn.sub(start).abs().mean().item();
            assertThat(distance).as("strength %s", strength).isGreaterThan(before);
            before = distance;
        }
        assertThat(sampler.sample(
                                request(1).sampler(numeric).start(start, 0.001).build())
                        .toFloats())
                .containsExactly(start.toFloats(), within(0.05f));
    }

    @ParameterizedTest
    @EnumSource(TimeEmbedding.class)
    void conditionsTakeTheirPlaceInAStart(TimeEmbedding times) {
        Tensor start = Torch.cat(List.of(latent(0, 1), latent(1, 1), latent(2, 1)), 1);
        Tensor other = Torch.cat(List.of(latent(0, 1), latent(1, 1), latent(7, 1)), 1);
        try (DiffusionTransformer told = SmallModels.of(times);
                LatentSampler own = new LatentSampler(told, Interpolant.cosine())) {
            float[] drawn = own.sample(request(1)
                            .condition(2, latent(5, 1))
                            .start(start, 0.5)
                            .build())
                    .toFloats();
            assertThat(own.sample(request(1)
                                    .condition(2, latent(5, 1))
                                    .start(other, 0.5)
                                    .build())
                            .toFloats())
                    .containsExactly(drawn);
        }
    }

    @Test
    void aStartHasTheShapeOfTheBatch() {
        assertThatThrownBy(() ->
                        sampler.sample(request(1, 2).start(latent(0, 1), 0.5).build()))
                .hasMessageContaining("to start from have shape [1, 4, 6, 6]", "[2, 12, 6, 6]");
        for (double strength : new double[] {0, -1, 1.1, Double.NaN}) {
            assertThatThrownBy(() -> request(1).start(latent(0, 1), strength)).hasMessageContaining("above 0");
        }
    }

    @Test
    void theSeedDecides() {
        float[] first = sampler.sample(request(1).build()).toFloats();
        assertThat(sampler.sample(request(1).build()).toFloats()).containsExactly(first);
        assertThat(sampler.sample(request(1).seed(4, 0).build()).toFloats()).isNotEqualTo(first);
    }

    @Test
    void anySubsetOfModalitiesIsHeldAndNeverMoves() {
        Tensor noise;
        try (NoiseSource source = NoiseSource.perSample(3, 0)) {
            noise = source.normal(DType.FLOAT32, Shape.of(2, 12, SIZE, SIZE));
        }
        List<float[]> seen = new ArrayList<>();
        Tensor result = sampler.sample(request(1, 2)
                .condition(2, latent(2, 1))
                .condition(1, latent(1, 2))
                .onStep(step -> seen.add(modality(step.latents(), 1).toFloats()))
                .build());
        for (int k : new int[] {1, 2}) {
            Tensor given =
                    latent(k, k == 1 ? 2 : 1).mul(0.995).add(modality(noise, k).mul(0.005));
            assertThat(modality(result, k).toFloats()).containsExactly(given.toFloats(), within(1e-7f));
        }
        assertThat(seen)
                .hasSize(4)
                .allSatisfy(held ->
                        assertThat(held).containsExactly(modality(result, 1).toFloats()));
        assertThat(modality(result, 0).sub(modality(noise, 0)).abs().amax().item())
                .isGreaterThan(0.1);
    }

    @Test
    void whatIsLeftBlankIsNoneOfTheOthersConcern() {
        Tensor drawn = sampler.sample(
                request(1, 2).condition(0, latent(0, 1)).blank(Set.of(2)).build());
        assertThat(modality(drawn, 2).abs().amax().item()).isZero();
        // With the weights of its patches at zero, the slot is as unheard as it is blank.
        model.parameters().get("x_embedder.proj.weight").value().slice(1, 8, 12).mul_(Torch.scalar(0));
        Tensor unheard = sampler.sample(request(1, 2).condition(0, latent(0, 1)).build());
        assertThat(modality(drawn, 1).toFloats())
                .containsExactly(modality(unheard, 1).toFloats(), within(1e-5f));
        assertThat(modality(unheard, 2).abs().amax().item()).isGreaterThan(0.1);
        assertThatThrownBy(() ->
                        request(1).condition(2, latent(2, 1)).blank(Set.of(2)).build())
                .hasMessageContaining("modality 2 is given and left blank");
    }

    @Test
    void ofSeveralConditionsTheFirstNamesTheTask() {
        try (ConditioningCache cache = new ConditioningCache(0)) {
            SamplingRequest twoConditions = request(5)
                    .condition(2, latent(2, 1))
                    .condition(1, latent(1, 1))
                    .build();
            ModelVelocity velocity = new ModelVelocity(model, model.inputs(), twoConditions, cache);
            Tensor state = Torch.cat(List.of(latent(0, 1), latent(1, 1), latent(2, 1)), 1);
            float[] times = {.5f, .5f, .5f, .5f, .005f, .005f, .005f, .005f, .005f, .005f, .005f, .005f};
            Tensor expected = model.forward(
                    state, Torch.tensor(times, 1, 12, 1, 1), Torch.tensor(new long[] {5}), Torch.tensor(new long[] {2
                    }));
            assertThat(velocity.at(state.to(DType.FLOAT64), 0.5).toFloats()).containsExactly(expected.toFloats());
        }
    }

    @Test
    void aHoldTimeOfZeroIsNoDivisionByZero() {
        Tensor result =
                sampler.sample(request(1).holdTime(0).condition(0, latent(0, 1)).build());
        assertThat(modality(result, 0).toFloats()).containsExactly(latent(0, 1).toFloats());
        assertThat(Double.isFinite(result.sum().item())).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"euler", "heun", "adams-bashforth", "dpm-solver", "euler-maruyama", "dpm-solver-sde", "ancestral"
            })
    void whatInpaintingKeepsFollowsItsPathAndEndsAsGiven(String method) {
        Tensor region = Torch.cat(List.of(Torch.zeros(SIZE, 2), Torch.ones(SIZE, SIZE - 2)), 1);
        Tensor known = latent(1, 1);
        Tensor noise;
        try (NoiseSource source = NoiseSource.perSample(3, 0)) {
            noise = modality(source.normal(DType.FLOAT32, Shape.of(1, 12, SIZE, SIZE)), 1);
        }
        Tensor result = sampler.sample(request(1)
                .sampler(Sampler.named(method))
                .inpaint(1, known, region)
                .onStep(step -> {
                    Tensor expected =
                            Interpolant.linear().mix(known, noise, step.time()).slice(3, 0, 2);
                    assertThat(modality(step.latents(), 1).slice(3, 0, 2).toFloats())
                            .containsExactly(expected.toFloats(), within(1e-6f));
                })
                .build());
        Tensor there = modality(result, 1);
        assertThat(there.slice(3, 0, 2).toFloats())
                .containsExactly(known.slice(3, 0, 2).toFloats());
        assertThat(there.sub(known).slice(3, 2, SIZE).abs().amax().item()).isGreaterThan(0.1);
    }

    @ParameterizedTest
    @EnumSource(TimeEmbedding.class)
    void everyModelTakesConditionsInTheStochasticSampler(TimeEmbedding times) {
        try (DiffusionTransformer other = SmallModels.of(times);
                LatentSampler others = new LatentSampler(other, Interpolant.cosine())) {
            Tensor given = latent(0, 1);
            Tensor result = others.sample(
                    request(1, 2).guidance(Guidance.of(2)).condition(0, given).build());
            // A shared time cannot tell the model that a condition is clean: there it follows the path to the end.
            double nearness = times == TimeEmbedding.SHARED ? 0 : 0.05;
            assertThat(modality(result, 0).sub(given).abs().amax().item()).isLessThanOrEqualTo(nearness);
            assertThat(Double.isFinite(result.sum().item())).isTrue();
        }
    }

    @Test
    void theNullBranchIsEvaluatedOnlyWhereGuidanceApplies() {
        Tensor table =
                model.parameters().get("y_embedder.embedding_table.weight").value();
        table.slice(0, SmallModels.CLASSES, SmallModels.CLASSES + 1).fill_(Double.NaN);
        SamplingRequest.Builder euler = request(1, 2).sampler(new Euler());
        assertThat(sum(euler.guidance(Guidance.of(1)))).isFinite();
        assertThat(sum(euler.guidance(Guidance.of(2).within(0.6, 0.7)))).isFinite();
        assertThatThrownBy(() -> sum(euler.guidance(Guidance.of(2).within(0.6, 0.75))))
                .isInstanceOf(PartException.class)
                .hasMessageContaining("velocity model " + DiffusionTransformer.class.getName())
                .hasMessageContaining("forward at time 0.75")
                .hasMessageContaining("NaN");
    }

    private double sum(SamplingRequest.Builder builder) {
        return sampler.sample(builder.build()).sum().item();
    }

    @Test
    void bothBranchesInOneCallAreTheSameAsOneByOne() {
        try (ConditioningCache cache = new ConditioningCache(1 << 20)) {
            SamplingRequest guided = request(5, 2, 5).guidance(Guidance.of(2)).build();
            ModelVelocity velocity = new ModelVelocity(model, model.inputs(), guided, cache);
            Tensor state = Torch.cat(List.of(latent(0, 3), latent(1, 3), latent(2, 3)), 1);
            double[] oneByOne = velocity.at(state.to(DType.FLOAT64), 0.5).toDoubles();
            assertThat(velocity.guided(velocity.bothAtOnce(state, new ModelVelocity.Step(0.5, 0.5)))
                            .toDoubles())
                    .containsExactly(oneByOne, within(1e-5));
        }
    }

    @Test
    void withoutAClassGuidanceChangesNothing() {
        SamplingRequest.Builder builder =
                SamplingRequest.withoutClass(2).steps(3).seed(1, 0);
        float[] plain = sampler.sample(builder.build()).toFloats();
        assertThat(sampler.sample(builder.guidance(Guidance.of(3)).build()).toFloats())
                .containsExactly(plain);
    }

    @Test
    void latentsMayHaveAnotherSizeThanTraining() {
        Tensor result = sampler.sample(request(1).size(4, 10).build());
        assertThat(result.shape()).isEqualTo(Shape.of(1, 12, 4, 10));
        assertThat(result.dtype()).isEqualTo(DType.FLOAT32);
    }

    @Test
    void modulationsAreComputedOncePerTimeAcrossStepsAndBatches() {
        SamplingRequest heun =
                request(1, 1, 2).sampler(new Heun()).guidance(Guidance.of(2)).build();
        float[] first = sampler.sample(heun).toFloats();
        assertThat(sampler.conditionings()).isEqualTo(4);
        assertThat(sampler.sample(heun).toFloats()).containsExactly(first);
        assertThat(sampler.conditionings()).isEqualTo(4);
        try (LatentSampler forgetful = new LatentSampler(model, Interpolant.linear(), 0)) {
            assertThat(forgetful.sample(heun).toFloats()).containsExactly(first);
            assertThat(forgetful.conditionings()).isEqualTo(7);
            assertThat(forgetful.cachedBytes()).isZero();
        }
    }

    @Test
    void theCacheKeepsToItsBoundAndItsOldestEntries() {
        sampler.sample(request(1).steps(1).build());
        long entry = sampler.cachedBytes();
        try (LatentSampler small = new LatentSampler(model, Interpolant.linear(), 3 * entry)) {
            SamplingRequest run = request(1).sampler(new Euler()).steps(5).build();
            small.sample(run);
            assertThat(small.cachedBytes()).isEqualTo(3 * entry);
            assertThat(small.conditionings()).isEqualTo(5);
            small.sample(run);
            // The first two times are still there; the third place changed hands and ended with the fifth time.
            assertThat(small.conditionings()).isEqualTo(5 + 3);
            small.sample(request(2).sampler(new Euler()).steps(3).build());
            small.sample(request(2).sampler(new Euler()).steps(3).build());
            assertThat(small.conditionings()).isEqualTo(8 + 3);
        }
    }

    @Test
    void stepsAreReportedAndMemoryStaysFlat() {
        List<Long> live = new ArrayList<>();
        List<Double> times = new ArrayList<>();
        SamplingRequest request = request(1)
                .sampler(new AdamsBashforth())
                .steps(4)
                .onStep(step -> {
                    live.add(Torch.liveTensors());
                    times.add(step.time());
                    assertThat(step.total()).isEqualTo(4);
                    assertThat(step.index()).isEqualTo(times.size());
                    assertThat(step.elapsed()).isPositive();
                    step.latents().mul(2);
                })
                .build();
        sampler.sample(request);
        assertThat(times).containsExactly(0.75, 0.5, 0.25, 0.0);
        live.clear();
        times.clear();
        sampler.sample(request);
        assertThat(live).hasSize(4).allSatisfy(count -> assertThat(count).isEqualTo(live.getFirst()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"heun", "adams-bashforth", "dpm-solver", "euler-maruyama", "dpm-solver-sde", "ancestral"})
    void aCancelledRunEndsAtOnceAndLeavesNoTensor(String method) {
        try (LatentSampler forgetful = new LatentSampler(model, Interpolant.linear(), 0)) {
            long before = Torch.liveTensors();
            List<Integer> steps = new ArrayList<>();
            SamplingRequest request = request(1)
                    .sampler(Sampler.named(method))
                    .onStep(step -> {
                        steps.add(step.index());
                        if (step.index() == 2) {
                            step.cancel();
                        }
                    })
                    .build();
            assertThatThrownBy(() -> forgetful.sample(request))
                    .isInstanceOf(SamplingCancelledException.class)
                    .hasMessage("sampling was cancelled after step 2 of 4");
            assertThat(steps).containsExactly(1, 2);
            assertThat(Torch.liveTensors()).isEqualTo(before);
        }
    }

    @Test
    void anExceptionFromTheListenerLeavesNoTensor() {
        long before = Torch.liveTensors();
        SamplingRequest request = request(1)
                .onStep(_ -> {
                    throw new IllegalStateException("listener");
                })
                .build();
        assertThatThrownBy(() -> sampler.sample(request)).hasMessage("listener");
        sampler.close();
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    @Test
    void aRequestThatDoesNotFitTheModelIsRefusedByName() {
        assertRefused(request(10), "class id 10", "from 0 to 9");
        assertRefused(request(-2), "class id -2");
        assertRefused(request(1).size(5, 6), "height is 5", "patch size 2");
        assertRefused(request(1).condition(3, latent(0, 1)), "modality 3", "from 0 to 2");
        assertRefused(request(1, 2, 3).condition(0, latent(0, 2)), "modality 0", "[2, 4, 6, 6]", "[3, 4, 6, 6]");
        assertRefused(request(1).inpaint(0, latent(0, 1), Torch.ones(4, 4)), "region to inpaint", "[4, 4]", "[6, 6]");
        assertRefused(
                request(1).condition(0, latent(0, 1)).condition(1, latent(1, 1)).condition(2, latent(2, 1)),
                "all 3 modalities");
        try (DiffusionTransformer noNull = SmallModels.of(TimeEmbedding.PER_MODALITY, false);
                LatentSampler other = new LatentSampler(noNull, Interpolant.linear())) {
            assertThatThrownBy(() ->
                            other.sample(request(1).guidance(Guidance.of(2)).build()))
                    .hasMessageContaining("null class");
            assertThatThrownBy(
                            () -> other.sample(SamplingRequest.withoutClass(1).build()))
                    .hasMessageContaining("null class");
        }
    }

    private void assertRefused(SamplingRequest.Builder builder, String... parts) {
        assertThatThrownBy(() -> sampler.sample(builder.build()))
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }

    @Test
    void aSettingOutOfRangeIsRefusedByName() {
        assertThatThrownBy(() -> request().build()).hasMessageContaining("without labels");
        assertThatThrownBy(() -> request(1).steps(0).build()).hasMessageContaining("from 1 to 100000");
        assertThatThrownBy(() -> request(1).holdTime(1.5).build()).hasMessageContaining("1.5");
        assertThatThrownBy(() -> request(1).size(-2, 2).build()).hasMessageContaining("-2 x 2");
        SamplingRequest.Builder twice = request(1).condition(0, latent(0, 1));
        assertThatThrownBy(() -> twice.condition(0, latent(0, 1))).hasMessageContaining("given twice");
        twice.inpaint(0, latent(0, 1), Torch.ones(6, 6));
        assertThatThrownBy(twice::build).hasMessageContainingAll("modality 0", "condition", "inpainted");
    }
}
