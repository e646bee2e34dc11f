package dev.mmgen.examples;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.Optimization;
import dev.mmgen.train.Precision;
import dev.mmgen.train.Trainer;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.batch.LatentsInMemory;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.VelocityLoss;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A LoRA adapter: trains a small model to draw all modalities together, then an adapter with which it reads depth, normals and
 * segmentation from a photo. The adapter is written alone, in the form of PEFT.
 */
public final class FineTuneFromRgb {

    private static final List<String> MODALITIES = List.of("rgb", "depth", "normal", "segmentation");

    private FineTuneFromRgb() {}

    public static void main(String[] arguments) {
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : "out/fine-tune-from-rgb");
        TransformerConfig shape = TransformerConfig.small(8, 4, 4);
        TrainingPlan joint = TrainingPlan.released(
                        shape, MODALITIES, VelocityLoss.released().withAlignmentWeight(0))
                .withOptimization(Optimization.RELEASED.withLearningRate(2e-3))
                .withPrecision(Precision.FLOAT32)
                .withBatchSize(16)
                .withSteps(150);
        TrainingPlan fromRgb = joint.withLoss(joint.velocityLoss().withConditioning(ConditioningRecipe.given(0)))
                .withLora(LoraConfig.DEFAULT.withRank(8).withAlpha(16))
                .withSteps(100);
        try (DiffusionTransformer model = joint.newModel()) {
            train("joint", joint, model, null);
            train("from rgb", fromRgb, model, folder);
        }
        System.out.println(folder.resolve("adapter_model.safetensors"));
    }

    private static void train(String name, TrainingPlan plan, DiffusionTransformer model, @Nullable Path adapter) {
        try (LatentsInMemory batches = new LatentsInMemory(MadeUpScenes.of(MODALITIES, 64, 1), plan.batchSize(), 0);
                Trainer trainer = new Trainer(plan, model, batches)) {
            for (int step = 1; step <= plan.steps(); step++) {
                var report = trainer.step();
                if (step % 50 == 0) {
                    System.out.printf(
                            Locale.ROOT,
                            "%s, step %3d: errors of %s are %.3f, %.3f, %.3f%n",
                            name,
                            step,
                            MODALITIES.subList(1, 4),
                            report.loss().perModality().get(1),
                            report.loss().perModality().get(2),
                            report.loss().perModality().get(3));
                }
            }
            if (trainer.lora() != null && adapter != null) {
                try (StateDict now = model.state()) {
                    trainer.lora().save(adapter, now);
                }
            }
        }
    }
}
