package dev.mmgen.examples;

import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.Optimization;
import dev.mmgen.train.Precision;
import dev.mmgen.train.Trainer;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.TrainingRun;
import dev.mmgen.train.batch.LatentsInMemory;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.log.MetricsTable;
import dev.mmgen.train.loss.VelocityLoss;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A training run: a small model of four modalities on made-up latents. Killed at any moment and started again, it resumes from
 * its last checkpoint.
 */
public final class TrainFromScratch {

    private static final int SAMPLES = 64;
    private static final int CLASSES = 4;

    private TrainFromScratch() {}

    public static void main(String[] arguments) {
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : "out/train-from-scratch");
        TransformerConfig shape = TransformerConfig.small(8, 4, CLASSES);
        TrainingPlan plan = TrainingPlan.released(
                        shape, List.of(), VelocityLoss.released().withAlignmentWeight(0))
                .withOptimization(Optimization.RELEASED.withLearningRate(2e-3))
                .withPrecision(Precision.FLOAT32)
                .withBatchSize(16)
                .withSteps(300)
                .withCheckpointing(Checkpointing.every(100).withKeep(2));
        try (var model = plan.newModel();
                var batches = new LatentsInMemory(samples(), plan.microBatch(), plan.seed());
                var trainer = new Trainer(plan, model, batches);
                var run = TrainingRun.open(folder, trainer);
                var table = MetricsTable.open(
                        folder.resolve("metrics.csv"),
                        List.of("rgb", "depth", "normal", "segmentation"),
                        run.resumedAt())) {
            run.onStep(table)
                    .onStep(step -> {
                        if (step.step() % 25 == 0) {
                            System.out.printf(
                                    Locale.ROOT,
                                    "step %3d  loss %.4f  gradient norm %.3f  %.0f ms%n",
                                    step.step(),
                                    step.loss().velocity(),
                                    step.gradientNorm(),
                                    1e3 * step.times().total());
                        }
                    })
                    .train();
            System.out.println(run.folder().latest().orElseThrow());
        }
    }

    /** Returns one random latent per class, the same in all modalities but for its sign, with a little noise. */
    private static TrainingBatch samples() {
        try (Generator generator = Generator.seeded(1);
                TensorScope scope = TensorScope.open()) {
            Tensor labels = Torch.randint(generator, 0, CLASSES, SAMPLES);
            Tensor scene =
                    Torch.randn(generator, DType.FLOAT32, CLASSES, 4, 8, 8).indexSelect(0, labels);
            Tensor all = Torch.cat(List.of(scene, scene.neg(), scene, scene.neg()), 1);
            Tensor noise =
                    Torch.randn(generator, DType.FLOAT32, all.shape().toArray()).mul(0.1);
            return new TrainingBatch(scope.keep(all.add(noise)), scope.keep(labels), null);
        }
    }
}
