package dev.mmgen.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.random.Draws;
import dev.mmgen.train.random.SeededDraws;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TensorLeakCheck.class)
class DistillationTest {

    private static final int SAMPLES = 64;
    private static final int CHANNELS = 4;
    private static final TransformerConfig SHAPE = TransformerConfig.builder()
            .inputSize(4)
            .width(32)
            .depth(2)
            .heads(2)
            .classes(3)
            .modalities(3)
            .build()
            .withoutProjectors();

    /** Slots 0 and 1 were known, slot 2 is new. */
    private static final VelocityLoss LOSS = VelocityLoss.released()
            .withModalityWeights(List.of(1.0, 1.0, 1.0))
            .withAlignment(RepresentationAlignment.NONE)
            .withConditioning(ConditioningRecipe.mixed(0.25, List.of(0.25, 0.0, 0.25)))
            .withDistillation(Distillation.of(List.of(0, 1)));

    private TensorScope scope;
    private DiffusionTransformer model;
    private DiffusionTransformer base;

    @BeforeEach
    void open() {
        scope = TensorScope.open();
        model = random(1);
        base = random(2);
    }

    @AfterEach
    void close() {
        model.close();
        base.close();
        scope.close();
    }

    private static DiffusionTransformer random(long seed) {
        DiffusionTransformer model = new DiffusionTransformer(SHAPE);
        try (Generator generator = Generator.seeded(seed)) {
            model.initialize(generator);
            model.parameters().values().stream()
                    .filter(parameter -> !parameter.isFrozen())
                    .forEach(parameter -> Torch.normal_(parameter.value(), 0, 0.1, generator));
        }
        model.requiresGrad(true);
        return model;
    }

    private static TrainingBatch batch() {
        try (Generator generator = Generator.seeded(3)) {
            return new TrainingBatch(
                    Torch.randn(generator, DType.FLOAT32, SAMPLES, 3 * CHANNELS, 4, 4),
                    Torch.randint(generator, 0, 3, SAMPLES),
                    null);
        }
    }

    /** A question to the base model and its answer, by slot. */
    private record Question(List<float[]> latents, List<float[]> times, float[] answer) {}

    /** A context whose base model is another one, and which notes what it was asked. */
    private record TwoModels(DiffusionTransformer model, DiffusionTransformer base, Draws draws, List<Question> asked)
            implements ModelContext {

        @Override
        public long step() {
            return 0;
        }

        @Override
        public Tensor emaTokens(ModelInput input, int depth) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Tensor baseVelocity(ModelInput input) {
            Tensor answer = base.forward(input.latents(), input.times(), input.labels(), input.tasks());
            asked.add(new Question(
                    slots(input.latents()),
                    slots(input.times()),
                    answer.contiguous().toFloats()));
            return answer;
        }
    }

    private static List<float[]> slots(Tensor latents) {
        return IntStream.range(0, SHAPE.modalities())
                .mapToObj(slot -> slot(latents, slot).contiguous().toFloats())
                .toList();
    }

    private static Tensor slot(Tensor latents, int slot) {
        return latents.slice(1, (long) slot * CHANNELS, (slot + 1L) * CHANNELS);
    }

    @Test
    void theBaseAnswersWhereItKnowsAllConditions() {
        try (SeededDraws draws = new SeededDraws(5)) {
            TwoModels context = new TwoModels(model, base, draws, new ArrayList<>());
            NoisyBatch drawn = LOSS.prepare(SHAPE, batch(), draws);
            NoisyBatch taught = LOSS.distillation().target(context, drawn);
            assertNoiseIn(2, context.asked().getFirst(), drawn);
            Tensor answer = Torch.tensor(context.asked().getFirst().answer(), SAMPLES, 3 * CHANNELS, 4, 4);
            int fromBase = 0;
            int fromData = 0;
            for (int i = 0; i < SAMPLES; i++) {
                boolean seesNew = drawn.plan().conditions().has(i, 2);
                for (int m = 0; m < 3; m++) {
                    boolean counts = drawn.plan().supervised().has(i, m);
                    Tensor wanted = counts && m < 2 && !seesNew ? answer : drawn.target();
                    assertThat(slot(taught.target(), m)
                                    .select(0, i)
                                    .contiguous()
                                    .toFloats())
                            .usingComparatorWithPrecision(1e-5f)
                            .containsExactly(
                                    slot(wanted, m).select(0, i).contiguous().toFloats());
                    fromBase += counts && m < 2 && !seesNew ? 1 : 0;
                    fromData += counts && m < 2 && seesNew ? 1 : 0;
                }
            }
            assertThat(List.of(fromBase, fromData)).allMatch(count -> count > 10);
        }
    }

    private static void assertNoiseIn(int unknown, Question asked, NoisyBatch drawn) {
        assertThat(asked.latents().get(unknown))
                .usingComparatorWithPrecision(1e-6f)
                .containsExactly(slots(drawn.noise()).get(unknown));
        assertThat(asked.times().get(unknown)).containsOnly(1);
        assertThat(asked.times().getFirst())
                .usingComparatorWithPrecision(1e-6f)
                .containsExactly(slots(drawn.input().times()).getFirst());
    }

    @Test
    void aModelThatAnswersAsItsBaseHasNoErrorOnWhatItKnew() {
        VelocityLoss loss = LOSS.withConditioning(ConditioningRecipe.mixed(0.5, List.of(0.5, 0.0, 0.0)));
        try (GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open();
                SeededDraws draws = new SeededDraws(5)) {
            // Without weights of the new slot in patch embedding and times, the model cannot hear it either.
            model.parameters()
                    .get("x_embedder.proj.weight")
                    .value()
                    .slice(1, 2L * CHANNELS, 3L * CHANNELS)
                    .mul_(Torch.scalar(0));
            model.parameters()
                    .get("t_embedder.mlp_fused.0.weight")
                    .value()
                    .slice(1, 32, 48)
                    .mul_(Torch.scalar(0));
            LossTerms terms = loss.compute(new TwoModels(model, model, draws, new ArrayList<>()), batch());
            assertThat(terms.perModality().slice(0, 0, 2).amax().item()).isLessThan(1e-9);
            assertThat(terms.perModality().select(0, 2).item()).isGreaterThan(0.1);
        }
    }

    @Test
    void whatTheBaseDidNotHaveIsBlankInAShareOfTheSamplesThatAreNotGivenIt() {
        VelocityLoss loss = LOSS.withDistillation(LOSS.distillation().withBlank(0.5));
        try (SeededDraws draws = new SeededDraws(5)) {
            NoisyBatch drawn = loss.prepare(SHAPE, batch(), draws);
            int blank = 0;
            for (int i = 0; i < SAMPLES; i++) {
                boolean given = drawn.plan().conditions().has(i, 2);
                boolean seen = drawn.plan().visible().has(i, 2);
                blank += seen ? 0 : 1;
                assertThat(given && !seen).isFalse();
                assertThat(drawn.plan().supervised().has(i, 2)).isEqualTo(seen && !given);
                float[] input = slot(drawn.input().latents(), 2)
                        .select(0, i)
                        .contiguous()
                        .toFloats();
                assertThat(allZero(input)).isEqualTo(!seen);
                assertThat(drawn.plan().visible().has(i, 0)
                                && drawn.plan().visible().has(i, 1))
                        .isTrue();
            }
            // Half of the three quarters or so that are not given it.
            assertThat(blank).isBetween(SAMPLES / 5, SAMPLES / 2);
        }
    }

    private static boolean allZero(float[] values) {
        for (float value : values) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    @Test
    void withoutABlankShareTheDrawsAreThoseWithoutDistillation() {
        assertThat(inputs(LOSS)).containsExactly(inputs(LOSS.withDistillation(Distillation.NONE)));
        assertThat(inputs(LOSS.withDistillation(Distillation.NONE.withBlank(0.5))))
                .containsExactly(inputs(LOSS));
    }

    private static float[] inputs(VelocityLoss loss) {
        try (SeededDraws draws = new SeededDraws(5)) {
            return loss.prepare(SHAPE, batch(), draws)
                    .input()
                    .latents()
                    .contiguous()
                    .toFloats();
        }
    }

    @Test
    void aShareMixesBothTargets() {
        try (SeededDraws draws = new SeededDraws(5)) {
            TwoModels context = new TwoModels(model, base, draws, new ArrayList<>());
            NoisyBatch drawn = LOSS.prepare(SHAPE, batch(), draws);
            Tensor whole = LOSS.distillation().target(context, drawn).target();
            Tensor half =
                    LOSS.distillation().withShare(0.5).target(context, drawn).target();
            assertThat(half.contiguous().toFloats())
                    .usingComparatorWithPrecision(1e-5f)
                    .containsExactly(
                            whole.add(drawn.target()).mul(0.5).contiguous().toFloats());
        }
    }

    @Test
    void slotsThatTheModelLacksAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LOSS.withDistillation(
                                Distillation.of(IntStream.range(0, 4).boxed().toList()))
                        .requireFit(SHAPE))
                .withMessageContaining("'distillation.modalities' is [0, 1, 2, 3], but the model has 3 modalities");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Distillation.of(List.of(0)).withShare(1.5))
                .withMessageContaining("'distillation.share' is 1.5; it must be from 0 to 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Distillation.of(List.of(0)).withBlank(-0.1))
                .withMessageContaining("'distillation.blank' is -0.1; it must be from 0 to 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Distillation.of(List.of()))
                .withMessageContaining("'distillation.modalities' is []");
    }
}
