package dev.mmgen.train.parts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.train.NonFiniteException;
import dev.mmgen.train.Optimization;
import dev.mmgen.train.StepReport;
import dev.mmgen.train.TinyTraining;
import dev.mmgen.train.Trainer;
import dev.mmgen.train.TrainingException;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.TrainingRun;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.data.LoaderPosition;
import dev.mmgen.train.loss.AbsentPart;
import dev.mmgen.train.loss.ConditioningPlan;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.LatentShape;
import dev.mmgen.train.loss.LossContext;
import dev.mmgen.train.loss.LossTerms;
import dev.mmgen.train.loss.Mixing;
import dev.mmgen.train.loss.ModalityMask;
import dev.mmgen.train.loss.Supervision;
import dev.mmgen.train.loss.TargetDropping;
import dev.mmgen.train.loss.TimeDistribution;
import dev.mmgen.train.loss.TimeScheme;
import dev.mmgen.train.loss.TrainingLoss;
import dev.mmgen.train.loss.VelocityLoss;
import dev.mmgen.train.random.Draws;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A loss, a time scheme, a path and a batch source of a program's own, from outside of the library's packages. */
@ExtendWith(TensorLeakCheck.class)
class OwnPartsTest {

    @TempDir
    Path folder;

    /** The mean absolute error of the velocity, weighted per modality; depth is always given, free of noise. */
    record WeightedL1(List<Double> weights, UnaryOperator<LossTerms> change) implements TrainingLoss {

        private static final int DEPTH = 1;

        WeightedL1(List<Double> weights) {
            this(weights, terms -> terms);
        }

        @Override
        public LossTerms compute(LossContext context, TrainingBatch batch) {
            try (TensorScope scope = TensorScope.open()) {
                Tensor data = batch.latents();
                LatentShape shape = LatentShape.of(data, weights.size());
                Tensor noise = context.draws().normal(data.shape().toArray());
                Tensor share = context.draws().uniform(shape.samples(), 1);
                ModalityMask noisy = ModalityMask.of(shape.samples(), shape.modalities(), (_, m) -> m != DEPTH);
                Tensor times = shape.perChannel(noisy.toTensor().mul(share));
                Tensor input = path().mix(data, noise, times);
                Tensor tasks = Torch.full(
                        DEPTH + 1, DType.INT64, data.device(), batch.labels().shape());
                Tensor velocity = context.velocity(new LossContext.ModelInput(input, times, batch.labels(), tasks));
                Tensor errors = velocity.to(DType.FLOAT32)
                        .sub(noise.sub(data))
                        .abs()
                        .reshape(shape.samples(), shape.modalities(), -1)
                        .mean(2)
                        .mean(0);
                Tensor row = Torch.tensor(weights.stream().mapToDouble(w -> w).toArray());
                Tensor total = errors.mul(row.to(DType.FLOAT32)).sum();
                LossTerms terms = change.apply(LossTerms.of(total, errors, shape.samples()));
                if (terms != null) {
                    scope.keep(terms.total());
                    scope.keep(terms.velocity());
                    scope.keep(terms.perModality());
                }
                return terms;
            }
        }
    }

    /** Times of a modality that are the sample's time to a power of its own. */
    record Powers(List<Double> powers) implements TimeScheme {

        @Override
        public TimeEmbedding embedding() {
            return TimeEmbedding.PER_MODALITY;
        }

        @Override
        public ConditioningPlan draw(LatentShape shape, TimeDistribution distribution, Draws draws) {
            float[] shared = distribution.draw(draws, shape.samples()).toFloats();
            float[] times = new float[shape.samples() * powers.size()];
            for (int i = 0; i < times.length; i++) {
                times[i] = (float) Math.pow(shared[i / powers.size()], powers.get(i % powers.size()));
            }
            Tensor perModality = Torch.tensor(times, shape.samples(), powers.size());
            return ConditioningPlan.of(
                    powers.size() == shape.modalities() ? shape.perChannel(perModality) : perModality,
                    ModalityMask.none(shape.samples(), shape.modalities()));
        }
    }

    /** The path whose noise grows with the square of the time. */
    record Squares() implements Interpolant {

        @Override
        public Tensor alpha(Tensor times) {
            return TensorScope.keeping(() -> times.mul(times).neg().add(1));
        }

        @Override
        public Tensor sigma(Tensor times) {
            return times.mul(times);
        }

        @Override
        public Tensor alphaRate(Tensor times) {
            return times.mul(-2);
        }

        @Override
        public Tensor sigmaRate(Tensor times) {
            return times.mul(2);
        }
    }

    /** Batches that are made when they are asked for: no data set, and so no epochs. */
    private static final class MadeBatches implements BatchSource {
        private final UnaryOperator<TrainingBatch> change;
        private long made;

        MadeBatches(UnaryOperator<TrainingBatch> change) {
            this.change = change;
        }

        @Override
        public TrainingBatch next(Draws draws) {
            try (TensorScope scope = TensorScope.open();
                    Generator generator = Generator.seeded(made++)) {
                TrainingBatch batch = new TrainingBatch(
                        Torch.randn(generator, DType.FLOAT32, 4, 16, 4, 4),
                        Torch.randint(generator, 0, 10, 4),
                        Torch.randn(generator, DType.FLOAT32, 4, 4, 16));
                TrainingBatch changed = change.apply(batch);
                return changed == null ? changed : changed.keepFrom(scope);
            }
        }

        @Override
        public LoaderPosition position() {
            return new LoaderPosition(0, made);
        }

        @Override
        public void moveTo(LoaderPosition position) {
            made = position.batch();
        }

        @Override
        public void close() {}
    }

    private static final TrainingLoss L1 = new WeightedL1(List.of(1.0, 0.0, 0.5, 0.5));
    private static final TrainingLoss POWERS = VelocityLoss.released()
            .withConditioning(ConditioningRecipe.plain().withScheme(new Powers(List.of(1.0, 2.0, 3.0, 0.5))));
    private static final TrainingLoss SQUARES = VelocityLoss.released().withPath(new Squares());
    private static final TrainingLoss BLANK = VelocityLoss.released()
            .withConditioning(new ConditioningRecipe(
                    new TimeScheme.OneCondition(Mixing.HALF, 0.05),
                    new TimeDistribution.Uniform(),
                    new Supervision(0.25, TargetDropping.AT_LEAST_ONE_PER_SAMPLE, false, true)));

    /** Trains to the plan's end in a folder, from where an earlier run ended. */
    private static List<Double> losses(TrainingPlan plan, Path folder, UnaryOperator<TrainingBatch> change) {
        List<Double> losses = new ArrayList<>();
        try (DiffusionTransformer model = plan.newModel();
                BatchSource batches = new MadeBatches(change);
                Trainer trainer = new Trainer(plan, model, batches);
                TrainingRun<StepReport> run = TrainingRun.open(folder, trainer)) {
            run.onStep(report -> losses.add(report.loss().total())).train();
        }
        return losses;
    }

    private static List<Double> losses(TrainingPlan plan, Path folder) {
        return losses(plan, folder, batch -> batch);
    }

    static Stream<TrainingPlan> plans() {
        return Stream.concat(
                Stream.of(L1, POWERS, SQUARES, BLANK).map(TinyTraining.PLAN::withLoss),
                Stream.of(TinyTraining.perElement()));
    }

    @ParameterizedTest
    @MethodSource("plans")
    void trainsAndGoesOnExactly(TrainingPlan plan) {
        List<Double> whole = losses(plan, folder.resolve("whole"));
        assertThat(whole).hasSize(6).doesNotHaveDuplicates();
        List<Double> parts = new ArrayList<>(losses(plan.withSteps(2), folder.resolve("parts")));
        parts.addAll(losses(plan, folder.resolve("parts")));
        assertThat(parts).isEqualTo(whole);
    }

    @Test
    void anL1LossOfOnesOwnFalls() {
        TrainingPlan plan =
                TinyTraining.PLAN.withLoss(L1).withOptimization(Optimization.RELEASED.withLearningRate(1e-2));
        try (DiffusionTransformer model = plan.newModel();
                BatchSource batches = TinyTraining.batches(plan);
                Trainer trainer = new Trainer(plan, model, batches)) {
            StepReport first = trainer.step();
            assertThat(first.loss().supervised()).containsOnly(4);
            assertThat(first.loss().alignment()).isNull();
            List<Double> losses = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                losses.add(trainer.step().loss().total());
            }
            double last = losses.subList(90, 100).stream()
                    .mapToDouble(loss -> loss / 10)
                    .sum();
            assertThat(last).isLessThan(0.95 * first.loss().total());
        }
    }

    static Stream<Arguments> names() {
        return Stream.of(
                Arguments.of(L1, "loss", WeightedL1.class.getName()),
                Arguments.of(SQUARES, "path_type", Squares.class.getName()),
                Arguments.of(POWERS, "time_scheme", Powers.class.getName()));
    }

    @ParameterizedTest
    @MethodSource("names")
    void filesNameTheClassAndAskForIt(TrainingLoss loss, String argument, String name) {
        TrainingPlan plan = TinyTraining.PLAN.withLoss(loss);
        losses(plan.withSteps(2), folder);
        try (PickleCheckpoint file = PickleCheckpoint.open(folder.resolve("checkpoints/0000002.pt"))) {
            assertThat(((Map<?, ?>) file.value("args")).get(argument)).isEqualTo(name);
            TrainingPlan read = TrainingPlan.parse((String) ((Map<?, ?>) file.value("mmgen")).get("plan"));
            assertThat(read.toJson()).isEqualTo(plan.withSteps(2).toJson()).contains(name);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> losses(read, folder))
                    .withMessageContaining(name + ", a class of a program's own")
                    .withMessageContaining("give it in the plan: plan.withLoss(...)");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AbsentPart.requireNone(new AbsentPart("a.Loss")))
                .withMessageContaining("the plan's loss is a.Loss");
    }

    private void assertNamed(TrainingLoss loss, String... parts) {
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> losses(TinyTraining.PLAN.withLoss(loss), folder))
                .withMessageStartingWith("step 1: ")
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }

    @Test
    void aLossThatBreaksItsContractIsNamed() {
        String name = WeightedL1.class.getName();
        List<Double> weights = List.of(1.0, 1.0, 1.0, 1.0);
        assertNamed(new WeightedL1(weights, _ -> null), "the loss " + name + " returned null");
        assertNamed(
                new WeightedL1(weights, terms -> LossTerms.of(terms.perModality(), terms.perModality(), 4)),
                name + " returned a total of shape [4] from compute; it must be a scalar");
        assertNamed(
                new WeightedL1(weights, terms -> LossTerms.of(terms.total(), terms.total(), 4)),
                name + " returned errors of shape []");
        assertNamed(
                new WeightedL1(weights, terms -> terms.withSupervised(new int[1])),
                name,
                "1 counts of samples per modality from compute; the model has 4 modalities");
        assertNamed(
                new WeightedL1(weights, terms -> LossTerms.of(terms.total().detach(), terms.perModality(), 4)),
                name + " returned a total without gradients");
        assertNamed(
                new WeightedL1(weights, terms -> {
                    throw new IllegalStateException("out of ideas");
                }),
                name + " failed in compute: java.lang.IllegalStateException: out of ideas");
        assertNamed(new WeightedL1(List.of(1.0, 1.0)), name + " returned errors of shape [2]");
        assertThatExceptionOfType(NonFiniteException.class)
                .isThrownBy(() ->
                        losses(TinyTraining.PLAN.withLoss(new WeightedL1(List.of(Double.NaN, 1.0, 1.0, 1.0))), folder))
                .withMessageContaining("step 1: the loss " + name + " is not finite");
    }

    @Test
    void aTimeSchemeThatBreaksItsContractIsNamed() {
        VelocityLoss wrong = VelocityLoss.released()
                .withConditioning(ConditioningRecipe.plain().withScheme(new Powers(List.of(1.0, 2.0))));
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> losses(TinyTraining.PLAN.withLoss(wrong), folder))
                .withMessageContaining("the time scheme " + Powers.class.getName()
                        + " returned times of shape [4, 2] from draw; the model takes"
                        + " times PER_MODALITY of 4 samples with 16 channels");
        TimeScheme shared = new TimeScheme() {
            @Override
            public TimeEmbedding embedding() {
                return TimeEmbedding.SHARED;
            }

            @Override
            public ConditioningPlan draw(LatentShape shape, TimeDistribution distribution, Draws draws) {
                throw new IllegalStateException("never asked");
            }
        };
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TinyTraining.PLAN.withLoss(VelocityLoss.released()
                        .withConditioning(ConditioningRecipe.plain().withScheme(shared))))
                .withMessageContaining("gives times SHARED; it must give times PER_MODALITY, as the model takes them");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aBatchSourceThatBreaksItsContractIsNamed(int workers) {
        assertSourceNamed(workers, _ -> null, " returned null from next; it must return a value");
        assertSourceNamed(
                workers,
                batch -> new TrainingBatch(batch.latents().slice(1, 0, 12), batch.labels()),
                " returned latents of shape [4, 12, 4, 4] from next; the model takes [N, 16, h, w]");
        assertSourceNamed(
                workers,
                batch -> new TrainingBatch(batch.latents(), batch.labels().slice(0, 0, 3)),
                " failed in next: java.lang.IllegalArgumentException: a batch of 4 latents, 3 labels; there must be as many of each");
        assertSourceNamed(
                workers,
                batch -> new TrainingBatch(batch.latents().mul(Double.NaN), batch.labels(), batch.features()),
                ", and so the loss, is not finite");
    }

    private static void assertSourceNamed(int workers, UnaryOperator<TrainingBatch> change, String message) {
        TrainingPlan plan = TinyTraining.PLAN.withBatches(8, 2);
        try (DiffusionTransformer model = plan.newModel();
                BatchSource batches = new MadeBatches(change);
                Trainer trainer = new Trainer(plan, model, batches, workers)) {
            long live = Torch.liveTensors();
            assertThatExceptionOfType(TrainingException.class)
                    .isThrownBy(trainer::step)
                    .withMessageStartingWith("step 1: ")
                    .withMessageContaining(MadeBatches.class.getName() + message);
            assertThat(Torch.liveTensors()).isEqualTo(live);
        }
    }
}
