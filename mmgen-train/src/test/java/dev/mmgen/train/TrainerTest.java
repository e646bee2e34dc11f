package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.optim.GradScaler;
import dev.mmgen.train.GradientWorkers.MicroBatch;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.data.LoaderPosition;
import dev.mmgen.train.random.Draws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(TensorLeakCheck.class)
class TrainerTest {

    private static List<StepReport> train(TrainingPlan plan) {
        List<StepReport> reports = new ArrayList<>();
        try (DiffusionTransformer model = plan.newModel();
                BatchSource batches = TinyTraining.batches(plan);
                Trainer trainer = new Trainer(plan, model, batches)) {
            trainer.step();
            long live = Torch.liveTensors();
            for (int i = 1; i < plan.steps(); i++) {
                reports.add(trainer.step());
                assertThat(Torch.liveTensors()).isEqualTo(live);
            }
        }
        return reports;
    }

    @Test
    void stepsReportWhatHappened() {
        List<StepReport> reports = train(TinyTraining.PLAN);
        StepReport last = reports.getLast();
        assertThat(last.step()).isEqualTo(6);
        assertThat(last.learningRate()).isEqualTo(1e-3);
        assertThat(last.gradientNorm()).isPositive().isFinite();
        assertThat(last.loss().perModality()).hasSize(4);
        assertThat(last.loss().supervised()).hasSize(4).allMatch(samples -> samples >= 0 && samples <= 4);
        assertThat(reports).allSatisfy(report -> {
            for (int m = 0; m < 4; m++) {
                assertThat(report.loss().perModality().get(m) == null)
                        .isEqualTo(report.loss().supervised().get(m) == 0);
            }
        });
        assertThat(reports).anyMatch(report -> report.loss().perModality().contains(null));
        assertThat(last.loss().alignment()).isBetween(-1.0, 1.0);
        assertThat(last.loss().total())
                .isCloseTo(last.loss().velocity() + 0.5 * last.loss().alignment(), within(1e-6));
        assertThat(last.times().forward()).isPositive();
        assertThat(last.times().total()).isLessThan(10);
        assertThat(last.skipped()).isFalse();
        assertThat(reports.getFirst().loss().total()).isNotEqualTo(last.loss().total());
    }

    @Test
    void mixedPrecisionStaysCloseToSingle() {
        double single = train(TinyTraining.PLAN).getLast().loss().total();
        double mixed = train(TinyTraining.PLAN.withPrecision(Precision.BFLOAT16))
                .getLast()
                .loss()
                .total();
        assertThat(mixed).isNotEqualTo(single).isCloseTo(single, within(0.02));
        List<StepReport> half = train(TinyTraining.PLAN.withPrecision(Precision.FLOAT16));
        assertThat(half.getLast().loss().total()).isNotEqualTo(single).isCloseTo(single, within(0.02));
    }

    @ParameterizedTest
    @EnumSource
    void oneSamplePerMicroBatchTrainsInEveryPrecision(Precision precision) {
        TrainingPlan plan = TinyTraining.PLAN.withBatches(2, 2);
        double single = train(plan).getLast().loss().total();
        List<StepReport> reports = train(plan.withPrecision(precision));
        assertThat(reports.getLast().loss().total()).isCloseTo(single, within(0.02));
    }

    /** All weights after training, in the model's order. */
    private static List<float[]> weights(TrainingPlan plan, int workers) {
        try (DiffusionTransformer model = plan.newModel();
                BatchSource batches = TinyTraining.batches(plan);
                Trainer trainer = new Trainer(plan, model, batches, workers)) {
            for (int i = 0; i < plan.steps(); i++) {
                trainer.step();
            }
            return model.parameters().values().stream()
                    .map(parameter -> parameter.value().toFloats())
                    .toList();
        }
    }

    @Test
    void workersChangeNoWeight() {
        TrainingPlan plan = TinyTraining.PLAN.withBatches(8, 4).withPrecision(Precision.BFLOAT16);
        int threads = Torch.threads();
        try {
            Torch.setThreads(1);
            List<float[]> alone = weights(plan, 1);
            for (int workers : new int[] {2, 4}) {
                List<float[]> together = weights(plan, workers);
                for (int i = 0; i < alone.size(); i++) {
                    assertThat(together.get(i)).containsExactly(alone.get(i));
                }
            }
        } finally {
            Torch.setThreads(threads);
        }
    }

    @Test
    void microBatchesMustDivideAmongWorkers() {
        TrainingPlan plan = TinyTraining.PLAN.withBatches(8, 4);
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> weights(plan, 3))
                .withMessageContaining("4 micro-batches per step for 3 workers");
    }

    /** Its second batch has a class that the model does not know. */
    private record FailingBatches(BatchSource source, AtomicInteger batches) implements BatchSource {
        @Override
        public TrainingBatch next(Draws draws) {
            TrainingBatch batch = source.next(draws);
            return batches.incrementAndGet() != 2
                    ? batch
                    : new TrainingBatch(
                            batch.latents(), batch.labels().add(1000).to(DType.INT64), batch.features());
        }

        @Override
        public LoaderPosition position() {
            return source.position();
        }

        @Override
        public void moveTo(LoaderPosition position) {
            source.moveTo(position);
        }

        @Override
        public void close() {
            source.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aMicroBatchThatFailsLeavesNoGradientOfTheOthers(int workers) {
        TrainingPlan plan = TinyTraining.PLAN.withBatches(8, 2);
        try (DiffusionTransformer model = plan.newModel();
                BatchSource batches = new FailingBatches(TinyTraining.batches(plan), new AtomicInteger());
                Trainer trainer = new Trainer(plan, model, batches, workers)) {
            assertThatExceptionOfType(RuntimeException.class)
                    .isThrownBy(trainer::step)
                    .withMessageContaining("label 10")
                    .withMessageContaining("the model has classes 0 to 9");
            assertThat(model.parameters().values())
                    .allSatisfy(
                            parameter -> assertThat(parameter.value().grad()).isNull());
            assertThat(trainer.step().step()).isEqualTo(1);
        }
    }

    /** The gradients that these micro-batches of the first step leave, all of them in one array. */
    private static double[] gradients(TrainingPlan plan, DiffusionTransformer model, int workers, List<Integer> parts) {
        try (BatchSource batches = TinyTraining.batches(plan);
                WeightUpdate update = new WeightUpdate(model, plan.optimization(), plan.steps(), plan.precision());
                GradientWorkers computing = new GradientWorkers(plan, model, update, workers)) {
            List<MicroBatch> drawn = new ArrayList<>();
            for (int part = 0; part <= parts.getLast(); part++) {
                drawn.add(MicroBatch.draw(batches, plan, part));
            }
            drawn.subList(0, parts.getFirst()).forEach(MicroBatch::close);
            for (int first = parts.getFirst(); first <= parts.getLast(); first += workers) {
                computing.accumulate(drawn.subList(first, first + workers), 0, new StepTimes.Watch());
            }
            double[] gradients = model.parameters().values().stream()
                    .flatMapToDouble(parameter -> gradient(parameter.value()))
                    .toArray();
            computing.clearGradients();
            return gradients;
        }
    }

    private static DoubleStream gradient(Tensor parameter) {
        Tensor gradient = parameter.requiresGrad() ? parameter.grad() : null;
        if (gradient == null) {
            return DoubleStream.empty();
        }
        try (gradient) {
            return Arrays.stream(gradient.toDoubles());
        }
    }

    private static double norm(double[] values) {
        return Math.sqrt(Arrays.stream(values).map(value -> value * value).sum());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void microBatchesCountLikeAWholeBatch(int workers) {
        TrainingPlan plan = TinyTraining.PLAN.withBatches(8, 4);
        TrainingPlan part = plan.withBatches(2, 1);
        try (DiffusionTransformer model = plan.newModel()) {
            model.train(true);
            model.requiresGrad(true);
            double[] whole = gradients(plan, model, workers, List.of(0, 1, 2, 3));
            double[] mean = new double[whole.length];
            for (int i = 0; i < 4; i++) {
                double[] alone = gradients(part, model, 1, List.of(i));
                Arrays.setAll(mean, place -> mean[place] + alone[place] / 4);
            }
            double[] difference = new double[whole.length];
            Arrays.setAll(difference, place -> whole[place] - mean[place]);
            assertThat(norm(difference)).isLessThan(1e-6 * norm(mean));
            assertThat(norm(mean)).isPositive();
            try (BatchSource batches = TinyTraining.batches(plan);
                    Trainer trainer = new Trainer(plan, model, batches, workers)) {
                assertThat(trainer.step().gradientNorm()).isCloseTo(norm(mean), withinPercentage(1e-3));
            }
        }
    }

    @Test
    void anOverflowInHalfPrecisionLeavesTheStepOut() {
        TrainingPlan plan = TinyTraining.PLAN.withPrecision(Precision.FLOAT16);
        try (DiffusionTransformer model = plan.newModel();
                BatchSource batches = TinyTraining.batches(plan);
                Trainer trainer = new Trainer(plan, model, batches)) {
            trainer.update().scaler().load(new GradScaler.State(0x1p100, 0));
            float[] weights = weights(model);
            StepReport report = trainer.step();
            assertThat(report.skipped()).isTrue();
            assertThat(weights(model)).isEqualTo(weights);
            assertThat(trainer.update().scaler().state().scale()).isEqualTo(0x1p99);
            assertThat(trainer.stepsMade()).isEqualTo(1);
        }
    }

    private static float[] weights(DiffusionTransformer model) {
        return model.parameters().get("lis_final_layer.0.linear.weight").value().toFloats();
    }

    @Test
    void aLossThatIsNotANumberStopsBeforeTheWeightsMove() {
        TrainingPlan plan = TinyTraining.PLAN;
        try (DiffusionTransformer model = plan.newModel();
                BatchSource batches = TinyTraining.batches(plan);
                Trainer trainer = new Trainer(plan, model, batches);
                GradMode _ = Torch.enableGrad()) {
            trainer.step();
            LoaderPosition position = trainer.position();
            poison(model);
            float[] weights = weights(model);
            assertThatExceptionOfType(NonFiniteException.class)
                    .isThrownBy(trainer::step)
                    .withMessageContaining("step 2: the loss is not finite")
                    .withMessageContaining("not finite; loss NaN, of the modalities")
                    .satisfies(failure -> assertThat(failure.step()).isEqualTo(2));
            assertThat(weights(model)).isEqualTo(weights);
            assertThat(trainer.position()).isEqualTo(position);
        }
    }

    static void poison(DiffusionTransformer model) {
        try (GradMode _ = Torch.noGrad();
                var nan = Torch.scalar(Double.NaN)) {
            model.parameters().get("x_embedder.proj.bias").value().copy_(nan);
        }
    }
}
