package dev.mmgen.train.parts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.StepReport;
import dev.mmgen.train.TinyTraining;
import dev.mmgen.train.Trainer;
import dev.mmgen.train.TrainingException;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.data.LoaderPosition;
import dev.mmgen.train.loss.ConditioningPlan;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.LatentShape;
import dev.mmgen.train.loss.LossContext;
import dev.mmgen.train.loss.LossTerms;
import dev.mmgen.train.loss.ModalityMask;
import dev.mmgen.train.loss.TimeDistribution;
import dev.mmgen.train.loss.TimeScheme;
import dev.mmgen.train.loss.TrainingLoss;
import dev.mmgen.train.loss.VelocityLoss;
import dev.mmgen.train.random.Draws;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts of a program's own that break their contract in a training: each is named, and leaves nothing behind. */
@ExtendWith(TensorLeakCheck.class)
@SuppressWarnings("NullAway") // nulls are what is tested
class BrokenPartsTest {

    private static final TrainingPlan PLAN = TinyTraining.PLAN.withBatches(8, 2);

    /** The released loss with another answer. */
    private record Loss(UnaryOperator<LossTerms> change) implements TrainingLoss {
        @Override
        public LossTerms compute(LossContext context, TrainingBatch batch) {
            return change.apply(VelocityLoss.released().compute(context, batch));
        }
    }

    /** Batches of ones, and a place that counts them. */
    private static final class Source implements BatchSource {
        private Supplier<TrainingBatch> next = BrokenPartsTest::batch;
        private Supplier<LoaderPosition> position = () -> LoaderPosition.START;

        static Source of(Supplier<TrainingBatch> next) {
            Source source = new Source();
            source.next = next;
            return source;
        }

        @Override
        public TrainingBatch next(Draws draws) {
            return next.get();
        }

        @Override
        public LoaderPosition position() {
            return position.get();
        }

        @Override
        public void moveTo(LoaderPosition position) {}

        @Override
        public void close() {}
    }

    /** A path that is straight but for one function. */
    private record Path(UnaryOperator<Tensor> data) implements Interpolant {
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
            return times.mul(0).sub(1);
        }

        @Override
        public Tensor sigmaRate(Tensor times) {
            return times.mul(0).add(1);
        }
    }

    /** Times that a test gives. */
    private record Scheme(Function<LatentShape, @Nullable ConditioningPlan> drawn) implements TimeScheme {
        @Override
        public TimeEmbedding embedding() {
            return TimeEmbedding.PER_MODALITY;
        }

        @Override
        public ConditioningPlan draw(LatentShape shape, TimeDistribution distribution, Draws draws) {
            return drawn.apply(shape);
        }

        /** Returns a scheme with the same time everywhere, changed. */
        static Scheme at(double time, UnaryOperator<Tensor> change) {
            return new Scheme(shape -> {
                Tensor times = Torch.full(
                        time, DType.FLOAT32, Device.CPU, Shape.of(shape.samples(), shape.allChannels(), 1, 1));
                return ConditioningPlan.of(change.apply(times), ModalityMask.none(shape.samples(), shape.modalities()));
            });
        }
    }

    private static TrainingBatch batch() {
        return batch(Torch.ones(4, 16, 4, 4), 0);
    }

    private static TrainingBatch batch(Tensor latents, long label) {
        Tensor labels = Torch.full(label, DType.INT64, Device.CPU, Shape.of(latents.size(0)));
        return new TrainingBatch(latents, labels, Torch.ones(latents.size(0), 4, 16));
    }

    private static TrainingBatch withFeatures(Tensor features) {
        return new TrainingBatch(
                Torch.ones(4, 16, 4, 4), Torch.full(0, DType.INT64, Device.CPU, Shape.of(4)), features);
    }

    /** Makes a step that must fail, and another training that must not notice. */
    private static Throwable failure(TrainingPlan plan, BatchSource source, int workers) {
        Throwable failure = null;
        try (DiffusionTransformer model = plan.newModel();
                Trainer trainer = new Trainer(plan, model, source, workers)) {
            long live = Torch.liveTensors();
            try {
                trainer.step();
            } catch (Throwable e) {
                failure = e;
            }
            assertThat(Torch.liveTensors()).as("open tensors").isEqualTo(live);
            assertThat(trainer.stepsMade()).isZero();
            try (TensorScope _ = TensorScope.open()) {
                assertThat(model.parameters().values())
                        .allSatisfy(parameter ->
                                assertThat(parameter.value().grad()).isNull());
                assertThat(Torch.ones(1).requiresGrad(true).mul(2).requiresGrad())
                        .as("the recording of gradients")
                        .isTrue();
            }
        }
        return failure;
    }

    private static TrainingException named(TrainingPlan plan, BatchSource source, int workers, String... parts) {
        Throwable failure = failure(plan, source, workers);
        assertThat(failure).isInstanceOf(TrainingException.class).hasMessageStartingWith("step 1: ");
        assertThat(failure.getMessage()).contains(parts);
        return (TrainingException) failure;
    }

    private static Arguments loss(String fault, UnaryOperator<LossTerms> change) {
        return Arguments.of(fault, new Loss(change));
    }

    private static LossTerms terms(LossTerms terms, UnaryOperator<Tensor> total) {
        return new LossTerms(
                total.apply(terms.total()), terms.velocity(), terms.perModality(), terms.supervised(), null);
    }

    static Stream<Arguments> losses() {
        return Stream.of(
                loss("a total that is null", t -> terms(t, _ -> null)),
                loss(
                        "a closed total",
                        t -> terms(t, total -> {
                            total.close();
                            return total;
                        })),
                loss(
                        "a velocity that is null",
                        t -> new LossTerms(t.total(), null, t.perModality(), t.supervised(), null)),
                loss(
                        "a velocity of NaN",
                        t -> new LossTerms(
                                t.total(), t.velocity().mul(Double.NaN), t.perModality(), t.supervised(), null)),
                loss(
                        "errors per modality",
                        t -> new LossTerms(
                                t.total(), t.velocity(), t.perModality().mul(Double.NaN), t.supervised(), null)),
                loss(
                        "counts of supervised samples that are null",
                        t -> new LossTerms(t.total(), t.velocity(), t.perModality(), null, null)),
                loss("a count of -1 supervised samples", t -> t.withSupervised(new int[] {-1, 1, 1, 1})),
                loss(
                        "a count of 2147483647 supervised samples",
                        t -> t.withSupervised(new int[] {Integer.MAX_VALUE, 1, 1, 1})),
                loss(
                        "that no weight of the model has a gradient of",
                        t -> terms(t, _ -> Torch.scalar(1).requiresGrad(true).mul(2))),
                loss("failed in the backward pass of its total", t -> {
                    t.total().backward();
                    return t;
                }),
                loss("left a TensorScope open in compute", t -> {
                    TensorScope.open();
                    return t;
                }),
                loss("left the recording of gradients off in compute", t -> {
                    Torch.noGrad();
                    return t;
                }),
                loss("failed in compute: java.util.concurrent.CancellationException: enough", _ -> {
                    throw new CancellationException("enough");
                }),
                loss("failed in compute: java.io.IOException: disk", _ -> {
                    throw BrokenPartsTest.<RuntimeException>sneaky(new java.io.IOException("disk"));
                }));
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> E sneaky(Throwable thrown) throws E {
        throw (E) thrown;
    }

    @ParameterizedTest
    @MethodSource("losses")
    void lossIsNamed(String fault, TrainingLoss loss) {
        for (int workers : new int[] {1, 2}) {
            named(PLAN.withLoss(loss), new Source(), workers, Loss.class.getName(), fault);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void errorInALossPassesWithItsNameAndLeavesNoGradients(int workers) {
        AtomicInteger calls = new AtomicInteger();
        TrainingLoss loss = new Loss(terms -> {
            if (calls.incrementAndGet() == 2) {
                throw new AssertionError("out of luck");
            }
            return terms;
        });
        Throwable failure = failure(PLAN.withLoss(loss), new Source(), workers);
        assertThat(failure).isInstanceOf(AssertionError.class).hasMessage("out of luck");
        assertThat(failure.getSuppressed()).hasSize(1);
        assertThat(failure.getSuppressed()[0]).hasMessageContaining(Loss.class.getName() + " failed in compute");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void errorInASourceFreesTheBatchesBeforeIt(int workers) {
        int[] calls = {0};
        Throwable failure = failure(
                PLAN,
                Source.of(() -> {
                    if (++calls[0] == 2) {
                        throw new AssertionError("out of luck");
                    }
                    return batch();
                }),
                workers);
        assertThat(failure).isInstanceOf(AssertionError.class);
        assertThat(failure.getSuppressed()[0]).hasMessageContaining(Source.class.getName() + " failed in next");
    }

    private static Arguments source(String fault, Supplier<@Nullable TrainingBatch> next) {
        return Arguments.of(fault, next);
    }

    static Stream<Arguments> sources() {
        return Stream.of(
                source("label 99 from next; the model has classes 0 to 9", () -> batch(Torch.ones(4, 16, 4, 4), 99)),
                source("100 samples", () -> batch(Torch.ones(100, 16, 4, 4), 0)),
                source("latents of float64", () -> batch(Torch.ones(4, 16, 4, 4).to(DType.FLOAT64), 0)),
                source("latents of float16", () -> batch(Torch.ones(4, 16, 4, 4).to(DType.FLOAT16), 0)),
                source(
                        "features of int64",
                        () -> withFeatures(Torch.ones(4, 4, 16).to(DType.INT64))),
                source("features of shape [4, 4, 7]", () -> withFeatures(Torch.ones(4, 4, 7))),
                source(
                        ", and so the loss, is not finite",
                        () -> withFeatures(Torch.ones(4, 4, 16).mul(Double.NaN))),
                source("a closed batch with latents", () -> {
                    TrainingBatch batch = batch();
                    batch.close();
                    return batch;
                }),
                source("a closed batch with labels", () -> {
                    TrainingBatch batch = batch();
                    batch.labels().close();
                    return batch;
                }),
                source("left a TensorScope open in next", () -> {
                    TensorScope.open();
                    return batch();
                }),
                source("left the recording of gradients off in next", () -> {
                    Torch.noGrad();
                    return batch();
                }));
    }

    @ParameterizedTest
    @MethodSource("sources")
    void batchSourceIsNamed(String fault, Supplier<TrainingBatch> next) {
        for (int workers : new int[] {1, 2}) {
            named(PLAN, Source.of(next), workers, Source.class.getName(), fault);
        }
    }

    @Test
    void batchOfNoScopeIsRefusedAndStaysItsOwners() {
        try (TrainingBatch kept = batch().unscoped()) {
            named(PLAN, Source.of(() -> kept), 1, Source.class.getName(), "a batch with latents of no TensorScope");
            assertThat(kept.latents().isClosed()).isFalse();
        }
    }

    @Test
    void sourceMayGiveViewsOfWhatItKeeps() {
        try (TrainingBatch kept = batch().unscoped();
                DiffusionTransformer model = PLAN.newModel();
                BatchSource source = Source.of(() -> new TrainingBatch(
                        kept.latents().detach(),
                        kept.labels().detach(),
                        kept.features().detach()));
                Trainer trainer = new Trainer(PLAN, model, source)) {
            StepReport first = trainer.step();
            assertThat(trainer.step().step()).isEqualTo(first.step() + 1);
        }
    }

    @Test
    void lossThatSpoilsItsBatchIsBlamedAndNotTheSource() {
        TrainingLoss loss = new TrainingLoss() {
            @Override
            public LossTerms compute(LossContext context, TrainingBatch batch) {
                batch.latents().copy_(batch.latents().mul(Double.NaN));
                return VelocityLoss.released().compute(context, batch);
            }
        };
        assertThat(failure(PLAN.withLoss(loss), new Source(), 1).getMessage())
                .contains("the loss " + loss.getClass().getName() + " is not finite")
                .doesNotContain(Source.class.getName());
    }

    private static Arguments scheme(String fault, Function<LatentShape, @Nullable ConditioningPlan> drawn) {
        return Arguments.of(fault, new Scheme(drawn));
    }

    static Stream<Arguments> schemes() {
        return Stream.of(
                scheme("failed in draw: java.lang.IllegalStateException: late", _ -> {
                    throw new IllegalStateException("late");
                }),
                scheme("returned null from draw", _ -> null),
                Arguments.of("times that is null", Scheme.at(0.5, _ -> null)),
                Arguments.of("times from 7.0 to 7.0", Scheme.at(7, times -> times)),
                Arguments.of("times from -3.0 to -3.0", Scheme.at(-3, times -> times)),
                Arguments.of("times from NaN", Scheme.at(Double.NaN, times -> times)),
                Arguments.of("times of float64", Scheme.at(0.5, times -> times.to(DType.FLOAT64))),
                Arguments.of("times of int64", Scheme.at(1, times -> times.to(DType.INT64))),
                Arguments.of("times of bool", Scheme.at(1, times -> times.to(DType.BOOL))));
    }

    @ParameterizedTest
    @MethodSource("schemes")
    void timeSchemeIsNamed(String fault, TimeScheme scheme) {
        TrainingLoss loss = VelocityLoss.released()
                .withConditioning(ConditioningRecipe.released().withScheme(scheme));
        named(PLAN.withLoss(loss), new Source(), 1, "the time scheme " + Scheme.class.getName(), fault);
    }

    static Stream<Arguments> paths() {
        return Stream.of(
                Arguments.of("null from alpha", new Path(_ -> null)),
                Arguments.of("not finite", new Path(times -> times.mul(Double.NaN))),
                Arguments.of("a tensor of shape [3]", new Path(_ -> Torch.ones(3))),
                Arguments.of("a tensor of int64", new Path(times -> times.to(DType.INT64))),
                Arguments.of("failed in alpha", new Path(_ -> {
                    throw new IllegalStateException("late");
                })));
    }

    @ParameterizedTest
    @MethodSource("paths")
    void pathIsNamed(String fault, Interpolant path) {
        TrainingLoss loss = VelocityLoss.released().withPath(path);
        String message = failure(PLAN.withLoss(loss), new Source(), 1).getMessage();
        assertThat(message).contains("the interpolant " + Path.class.getName(), fault);
    }

    @Test
    void sourceThatCannotTellItsPlaceIsNamedBeforeTheWeightsMove() {
        int[] calls = {0};
        Source source = new Source();
        source.position = () -> calls[0]++ < 2 ? LoaderPosition.START : null;
        named(PLAN, source, 1, Source.class.getName() + " returned null from position");
    }

    @Test
    void trainerThatCannotBeginFreesAll() {
        Source source = new Source();
        source.position = () -> null;
        TrainingLoss loss = new TrainingLoss() {
            @Override
            public LossTerms compute(LossContext context, TrainingBatch batch) {
                return VelocityLoss.released().compute(context, batch);
            }

            @Override
            public boolean needsEma() {
                throw new IllegalStateException("who knows");
            }
        };
        try (DiffusionTransformer model = PLAN.newModel()) {
            long live = Torch.liveTensors();
            assertThatThrownBy(() -> new Trainer(PLAN, model, source))
                    .hasMessageContaining(Source.class.getName() + " returned null from position");
            assertThatExceptionOfType(IllegalStateException.class)
                    .isThrownBy(() -> new Trainer(PLAN.withLoss(loss), model, new Source()))
                    .withMessageContaining(loss.getClass().getName() + " failed in needsEma");
            assertThat(Torch.liveTensors()).isEqualTo(live);
        }
    }
}
