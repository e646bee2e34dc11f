package dev.mmgen.bench;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.Precision;
import dev.mmgen.train.StepReport;
import dev.mmgen.train.Trainer;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.batch.LatentsInMemory;
import dev.mmgen.train.batch.TrainingBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * The time of training steps of the official recipe on random latents and features: median milliseconds per part.
 *
 * <p>Arguments: size (S), samples (8), precision (float32), steps (8), threads (2), whether activations are computed again
 * (false), workers that share the samples and the threads (1).
 */
public final class TrainingBenchmark {

    private static final String USAGE =
            "TrainingBenchmark [SIZE] [SAMPLES] [PRECISION] [STEPS] [THREADS] [CHECKPOINTING] [WORKERS]";
    private static final int WARM_UP = 3;

    private TrainingBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Arguments.run(USAGE, arguments, TrainingBenchmark::measure);
    }

    private static void measure(Arguments arguments) {
        String size = arguments.size(0, "S");
        int samples = arguments.count(1, 8);
        Precision precision = arguments.precision(2);
        int steps = arguments.count(3, 8);
        int threads = arguments.count(4, 2);
        boolean again = arguments.flag(5);
        int workers = arguments.count(6, 1);
        Torch.setThreads(threads);
        TrainingPlan plan = TrainingPlan.released(TransformerConfig.sit(size + "/2"))
                .withBatches(samples, workers)
                .withPrecision(precision)
                .withActivationCheckpointing(again);
        List<StepReport> reports = new ArrayList<>();
        try (var model = plan.newModel();
                var batches = new LatentsInMemory(samples(2 * samples), plan.microBatch(), 0);
                Trainer trainer = new Trainer(plan, model, batches, workers)) {
            for (int i = 0; i < WARM_UP + steps; i++) {
                StepReport report = trainer.step();
                if (i >= WARM_UP) {
                    reports.add(report);
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "SiT-%s/2, %d samples, %s, %d workers:"
                        + " %.0f ms = data %.0f + forward %.0f + backward %.0f + optimizer %.0f%n",
                size,
                samples,
                precision,
                workers,
                median(reports, r -> r.times().total()),
                median(reports, r -> r.times().data()),
                median(reports, r -> r.times().forward()),
                median(reports, r -> r.times().backward()),
                median(reports, r -> r.times().optimizer()));
    }

    /** Returns random samples of the official shape. */
    static TrainingBatch samples(int count) {
        try (Generator generator = Generator.seeded(1);
                TensorScope scope = TensorScope.open()) {
            return new TrainingBatch(
                    scope.keep(Torch.randn(generator, DType.FLOAT32, count, 16, 32, 32)),
                    scope.keep(Torch.randint(generator, 0, 1000, count)),
                    scope.keep(Torch.randn(generator, DType.FLOAT32, count, 256, 768)));
        }
    }

    private static double median(List<StepReport> reports, ToDoubleFunction<StepReport> seconds) {
        return 1e3 * Times.of(reports.stream().mapToDouble(seconds).toArray()).median();
    }
}
