package dev.mmgen.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.optim.AdamW;
import dev.mmgen.torch.optim.Ema;
import dev.mmgen.torch.optim.GradientClip;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.random.SeededDraws;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Trains a small model end to end. */
@ExtendWith(TensorLeakCheck.class)
class TinyTrainingTest {

    private static final TransformerConfig TINY = TransformerConfig.builder()
            .inputSize(4)
            .width(64)
            .depth(3)
            .heads(4)
            .classes(10)
            .projections(List.of(64))
            .projectorWidth(64)
            .projectionDepth(1)
            .build();

    private TensorScope scope;
    private DiffusionTransformer model;

    @BeforeEach
    void open() {
        scope = TensorScope.open();
        model = fresh(TINY);
    }

    @AfterEach
    void close() {
        model.close();
        scope.close();
    }

    private static DiffusionTransformer fresh(TransformerConfig config) {
        DiffusionTransformer model = new DiffusionTransformer(config);
        try (Generator generator = Generator.seeded(3)) {
            model.initialize(generator);
        }
        model.requiresGrad(true);
        return model;
    }

    private static Tensor random(long seed, long... sizes) {
        try (Generator generator = Generator.seeded(seed)) {
            return Torch.randn(generator, DType.FLOAT32, sizes);
        }
    }

    @Test
    void heldToOneBatchTheLossFallsBelowOnePercent() {
        VelocityLoss loss = VelocityLoss.released()
                .withConditioning(ConditioningRecipe.decoupled())
                .withAlignment(RepresentationAlignment.NONE);
        TrainingBatch batch = batch(4);
        double first = 0;
        double last = 0;
        try (AdamW optimizer = new AdamW(model, AdamW.Settings.DEFAULT)) {
            for (int step = 0; step < 400 && (step == 0 || last >= 0.01 * first); step++) {
                last = step(loss, batch, optimizer);
                first = step == 0 ? last : first;
            }
        }
        assertThat(last).isLessThan(0.01 * first);
    }

    private static TrainingBatch batch(int samples) {
        return new TrainingBatch(
                random(2, samples, 16, 4, 4), Torch.randint(null, 0, 10, samples), random(4, samples, 4, 64));
    }

    /** The loss of a step, whose draws are the same every time. */
    private LossTerms compute(VelocityLoss loss, TrainingBatch batch, long step) {
        try (SeededDraws draws = new SeededDraws(1)) {
            return loss.compute(PlainContext.of(model, draws, step), batch);
        }
    }

    private double step(VelocityLoss loss, TrainingBatch batch, AdamW optimizer) {
        try (TensorScope _ = TensorScope.open()) {
            LossTerms parts = compute(loss, batch, 0);
            parts.total().backward();
            new GradientClip(1).apply(optimizer.gradients());
            optimizer.step(3e-3);
            optimizer.clearGradients();
            return parts.total().item();
        }
    }

    @Test
    void onceTheGatesAreOpenEveryParameterHasAGradient() {
        VelocityLoss loss = VelocityLoss.released().withConditioning(ConditioningRecipe.decoupled());
        TrainingBatch batch = batch(16);
        try (AdamW optimizer = new AdamW(model, AdamW.Settings.DEFAULT)) {
            // Final layers and gates start at zero: the first step opens the former, the second the latter.
            for (int step = 0; step < 2; step++) {
                compute(loss, batch, step).total().backward();
                optimizer.step(1e-3);
                optimizer.clearGradients();
            }
        }
        compute(loss, batch, 2).total().backward();
        model.parameters().forEach((key, parameter) -> {
            Tensor gradient = parameter.value().grad();
            if (parameter.isFrozen()) {
                assertThat(gradient).as(key).isNull();
            } else {
                assertThat(gradient).as(key).isNotNull();
                assertThat(gradient.isFinite()
                                .logicalNot()
                                .to(DType.FLOAT32)
                                .sum()
                                .item())
                        .as(key)
                        .isZero();
                assertThat(gradient.abs().amax().item()).as(key).isPositive();
            }
        });
    }

    @Test
    void alignmentEndsAndTheProjectorsRest() {
        VelocityLoss loss = VelocityLoss.released()
                .withConditioning(ConditioningRecipe.decoupled())
                .withAlignment(RepresentationAlignment.REFERENCE.withUntilStep(1));
        TrainingBatch batch = batch(2);
        TrainingBatch bare = new TrainingBatch(batch.latents(), batch.labels());
        assertThat(compute(loss, batch, 0).alignment()).isNotNull();
        LossTerms later = compute(loss, bare, 1);
        assertThat(later.alignment()).isNull();
        assertThat(later.total().item()).isEqualTo(later.velocity().item());
        later.total().backward();
        assertThat(model.parameters().get("projectors.0.0.weight").value().grad())
                .isNull();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> compute(loss, bare, 0))
                .withMessageContaining("no features");
    }

    @Test
    void alignsWithItsEmaInsteadOfAnEncoder() {
        VelocityLoss loss = VelocityLoss.released()
                .withConditioning(ConditioningRecipe.decoupled())
                .withAlignment(
                        RepresentationAlignment.REFERENCE.withTeacher(new RepresentationAlignment.Teacher.Ema(2, 0)));
        TrainingBatch batch = batch(4);
        try (DiffusionTransformer teacher = new DiffusionTransformer(TINY);
                Ema ema = new Ema(model, 0.99);
                AdamW optimizer = new AdamW(model, AdamW.Settings.DEFAULT)) {
            try (StateDict averages = ema.state()) {
                teacher.load(averages);
            }
            double first = alignmentAfterStep(loss, batch, teacher, optimizer);
            ema.update();
            double last = first;
            for (int i = 0; i < 60; i++) {
                last = alignmentAfterStep(loss, batch, teacher, optimizer);
                ema.update();
            }
            assertThat(last).isLessThan(first - 0.3).isGreaterThanOrEqualTo(-1);
            teacher.parameters()
                    .values()
                    .forEach(parameter -> assertThat(parameter.value().grad()).isNull());
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> loss.withAlignment(RepresentationAlignment.REFERENCE.withTeacher(
                                new RepresentationAlignment.Teacher.Ema(4, 0)))
                        .requireFit(TINY))
                .withMessageContaining("at most 3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RepresentationAlignment.Teacher.Ema(1, 2))
                .withMessageContaining("2.0");
    }

    private double alignmentAfterStep(
            VelocityLoss loss, TrainingBatch batch, DiffusionTransformer teacher, AdamW optimizer) {
        try (TensorScope _ = TensorScope.open();
                SeededDraws draws = new SeededDraws(1)) {
            LossTerms parts = loss.compute(new PlainContext(model, teacher, draws, 0), batch);
            parts.total().backward();
            optimizer.step(1e-3);
            optimizer.clearGradients();
            assertThat(parts.alignment()).isNotNull();
            return parts.alignment().item();
        }
    }

    @Test
    void misfitsFailBeforeAnythingIsComputed() {
        VelocityLoss loss = VelocityLoss.released();
        try (SeededDraws draws = new SeededDraws(1)) {
            TrainingBatch batch = new TrainingBatch(Torch.zeros(2, 16, 4, 4), Torch.tensor(new long[] {1, 2}));
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            loss.prepare(TINY, new TrainingBatch(Torch.zeros(2, 12, 4, 4), batch.labels()), draws))
                    .withMessageContaining("[N, 16, h, w]");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new TrainingBatch(batch.latents(), Torch.tensor(new long[] {1})))
                    .withMessageContaining("2 latents, 1 labels");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> loss.prepare(
                            TINY, new TrainingBatch(batch.latents(), Torch.tensor(new long[] {1, 11})), draws))
                    .withMessageContaining("class 11");
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            loss.withConditioning(ConditioningRecipe.plain()).prepare(TINY, batch, draws))
                    .withMessageContaining("SHARED");
            VelocityLoss three = VelocityLoss.released().withModalityWeights(List.of(1.0, 1.0, 1.0));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> three.prepare(TINY, batch, draws))
                    .withMessageContaining("lists 3 weights, but the model has 4 modalities");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VelocityLoss.released().withModalityWeights(List.of(-1.0)))
                .withMessageContaining("none negative");
    }

    @Test
    void samplesWithAConditionCanLoseTheirClassMoreOften() {
        VelocityLoss loss = VelocityLoss.released()
                .withConditioning(ConditioningRecipe.mixed(0.5, List.of(0.5, 0.0, 0.0, 0.0)))
                .withClassDropout(0)
                .withGivenClassDropout(1.0);
        try (TensorScope _ = TensorScope.open();
                SeededDraws draws = new SeededDraws(3)) {
            Tensor latents = draws.normal(64, TINY.inputChannels(), TINY.inputSize(), TINY.inputSize());
            NoisyBatch batch = loss.prepare(TINY, new TrainingBatch(latents, Torch.tensor(new long[64])), draws);
            long[] classes = batch.input().labels().toLongs();
            for (int i = 0; i < classes.length; i++) {
                assertThat(classes[i]).isEqualTo(batch.plan().conditions().hasAny(i) ? TINY.nullLabel() : 0);
            }
            assertThat(classes).contains(0, TINY.nullLabel());
        }
    }
}
