package dev.mmgen.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.optim.AdamW;
import dev.mmgen.torch.optim.Ema;
import dev.mmgen.torch.optim.GradientClip;
import dev.mmgen.torch.weights.StateDict;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Trains a small model end to end. */
@ExtendWith(TensorLeakCheck.class)
class TinyTrainingTest {

    private static final TransformerConfig TINY = new TransformerConfig(
            4, 2, 4, 4, 64, 3, 4, 4.0, 10, true, true, TimeEmbedding.PER_MODALITY, true, false, List.of(64), 64, 1);

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
                .withRecipe(ConditioningRecipe.decoupled())
                .withAlignment(RepresentationAlignment.NONE);
        NoisyBatch batch = batch(loss, 4);
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

    private NoisyBatch batch(VelocityLoss loss, int samples) {
        try (SeededDraws draws = new SeededDraws(1)) {
            Tensor labels = Torch.randint(null, 0, 10, samples);
            return loss.prepare(TINY, random(2, samples, 16, 4, 4), labels, draws);
        }
    }

    private double step(VelocityLoss loss, NoisyBatch batch, AdamW optimizer) {
        try (TensorScope _ = TensorScope.open()) {
            LossParts parts = loss.compute(model, batch, null, 0);
            parts.total().backward();
            new GradientClip(1).apply(optimizer.gradients());
            optimizer.step(3e-3);
            optimizer.clearGradients();
            return parts.total().item();
        }
    }

    @Test
    void onceTheGatesAreOpenEveryParameterHasAGradient() {
        VelocityLoss loss = VelocityLoss.released().withRecipe(ConditioningRecipe.decoupled());
        NoisyBatch batch = batch(loss, 16);
        AlignmentTarget target = AlignmentTarget.features(List.of(random(4, 16, 4, 64)));
        try (AdamW optimizer = new AdamW(model, AdamW.Settings.DEFAULT)) {
            // Final layers and gates start at zero: the first step opens the former, the second the latter.
            for (int step = 0; step < 2; step++) {
                loss.compute(model, batch, target, step).total().backward();
                optimizer.step(1e-3);
                optimizer.clearGradients();
            }
        }
        loss.compute(model, batch, target, 2).total().backward();
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
                .withRecipe(ConditioningRecipe.decoupled())
                .withAlignment(new RepresentationAlignment(0.5, false, 1));
        NoisyBatch batch = batch(loss, 2);
        AlignmentTarget target = AlignmentTarget.features(List.of(random(4, 2, 4, 64)));
        assertThat(loss.compute(model, batch, target, 0).alignment()).isNotNull();
        LossParts later = loss.compute(model, batch, null, 1);
        assertThat(later.alignment()).isNull();
        assertThat(later.total().item()).isEqualTo(later.velocity().item());
        later.total().backward();
        assertThat(model.parameters().get("projectors.0.0.weight").value().grad())
                .isNull();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> loss.compute(model, batch, null, 0))
                .withMessageContaining("no features");
    }

    @Test
    void alignsWithTheMovingAverageInsteadOfAnEncoder() {
        VelocityLoss loss = VelocityLoss.released().withRecipe(ConditioningRecipe.decoupled());
        NoisyBatch batch = batch(loss, 4);
        try (DiffusionTransformer teacher = new DiffusionTransformer(TINY);
                Ema ema = new Ema(model, 0.99);
                AdamW optimizer = new AdamW(model, AdamW.Settings.DEFAULT)) {
            try (StateDict averages = ema.state()) {
                teacher.load(averages);
            }
            SelfAlignment target = new SelfAlignment(teacher, 2, 0);
            double first = alignmentAfterStep(loss, batch, target, optimizer, ema);
            double last = first;
            for (int i = 0; i < 60; i++) {
                last = alignmentAfterStep(loss, batch, target, optimizer, ema);
            }
            assertThat(last).isLessThan(first - 0.3).isGreaterThanOrEqualTo(-1);
            teacher.parameters()
                    .values()
                    .forEach(parameter -> assertThat(parameter.value().grad()).isNull());
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SelfAlignment(model, 4, 0))
                .withMessageContaining("3 blocks");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SelfAlignment(model, 1, 2))
                .withMessageContaining("2.0");
    }

    private double alignmentAfterStep(
            VelocityLoss loss, NoisyBatch batch, AlignmentTarget target, AdamW optimizer, Ema ema) {
        try (TensorScope _ = TensorScope.open()) {
            LossParts parts = loss.compute(model, batch, target, 0);
            parts.total().backward();
            optimizer.step(1e-3);
            optimizer.clearGradients();
            ema.update();
            assertThat(parts.alignment()).isNotNull();
            return parts.alignment().item();
        }
    }

    @Test
    void whatDoesNotFitFailsBeforeAnythingIsComputed() {
        VelocityLoss loss = VelocityLoss.released();
        try (SeededDraws draws = new SeededDraws(1)) {
            Tensor latents = Torch.zeros(2, 16, 4, 4);
            Tensor labels = Torch.tensor(new long[] {1, 2});
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> loss.prepare(TINY, Torch.zeros(2, 12, 4, 4), labels, draws))
                    .withMessageContaining("[N, 16, h, w]");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> loss.prepare(TINY, latents, Torch.tensor(new long[] {1}), draws))
                    .withMessageContaining("2 samples");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> loss.prepare(TINY, latents, Torch.tensor(new long[] {1, 11}), draws))
                    .withMessageContaining("class 11");
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> loss.withRecipe(ConditioningRecipe.plain()).prepare(TINY, latents, labels, draws))
                    .withMessageContaining("SHARED");
            VelocityLoss three = new VelocityLoss(
                    Interpolant.linear(),
                    ConditioningRecipe.released(),
                    List.of(1.0, 1.0, 1.0),
                    0.1,
                    0.1,
                    false,
                    RepresentationAlignment.NONE);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> three.prepare(TINY, latents, labels, draws))
                    .withMessageContaining("3 modality weights");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new VelocityLoss(
                        Interpolant.linear(),
                        ConditioningRecipe.plain(),
                        List.of(-1.0),
                        0,
                        0,
                        false,
                        RepresentationAlignment.NONE));
    }

    @Test
    void samplesWithAConditionCanLoseTheirClassMoreOften() {
        VelocityLoss loss = new VelocityLoss(
                Interpolant.linear(),
                ConditioningRecipe.mixed(0.5, List.of(0.5, 0.0, 0.0, 0.0)),
                List.of(1.0, 1.0, 1.0, 1.0),
                0,
                1,
                false,
                RepresentationAlignment.NONE);
        try (TensorScope _ = TensorScope.open();
                SeededDraws draws = new SeededDraws(3)) {
            Tensor latents = draws.normal(64, TINY.inputChannels(), TINY.inputSize(), TINY.inputSize());
            NoisyBatch batch = loss.prepare(TINY, latents, Torch.tensor(new long[64]), draws);
            long[] classes = batch.labels().toLongs();
            for (int i = 0; i < classes.length; i++) {
                assertThat(classes[i]).isEqualTo(batch.plan().conditions().hasAny(i) ? TINY.nullLabel() : 0);
            }
            assertThat(classes).contains(0, TINY.nullLabel());
        }
    }
}
