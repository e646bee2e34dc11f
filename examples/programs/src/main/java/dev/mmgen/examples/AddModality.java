package dev.mmgen.examples;

import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.train.Optimization;
import dev.mmgen.train.Precision;
import dev.mmgen.train.StepReport;
import dev.mmgen.train.Trainer;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.TrainingRun;
import dev.mmgen.train.batch.LatentsInMemory;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.finetune.NewModality;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.VelocityLoss;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A modality of one's own: trains a small model of two modalities, adds Canny edges as a third, as the paper does, and trains on.
 * The new slot changes nothing of what the model says of the old ones until it is trained.
 */
public final class AddModality {

    private AddModality() {}

    public static void main(String[] arguments) {
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : "out/add-modality");
        ModalitySet two = ModalitySet.of(Modality.RGB, Modality.DEPTH);
        ModalitySet three = two.add(new Modality("canny", "Canny edges"));
        TransformerConfig shape = TransformerConfig.small(8, 2, 4);
        TrainingPlan plan = plan(shape, two, List.of(1.0, 0.5)).withSteps(100);
        try (DiffusionTransformer model = plan.newModel()) {
            try (LatentsInMemory batches = scenes(two);
                    Trainer trainer = new Trainer(plan, model, batches)) {
                for (int step = 1; step <= plan.steps(); step++) {
                    print(two, trainer.step());
                }
            }
            TrainingPlan more =
                    plan(NewModality.add(shape), three, List.of(1.0, 0.5, 0.5)).withSteps(300);
            try (DiffusionTransformer grown = NewModality.add(model);
                    LatentsInMemory batches = scenes(three);
                    Trainer trainer = new Trainer(more, grown, batches);
                    TrainingRun<StepReport> run = TrainingRun.open(folder, trainer)) {
                run.onStep(step -> print(three, step)).train();
                System.out.println(run.folder().latest().orElseThrow());
            }
        }
    }

    private static TrainingPlan plan(TransformerConfig shape, ModalitySet modalities, List<Double> weights) {
        VelocityLoss loss = VelocityLoss.released()
                .withConditioning(ConditioningRecipe.decoupled())
                .withModalityWeights(weights)
                .withAlignmentWeight(0);
        return TrainingPlan.released(shape, names(modalities), loss)
                .withOptimization(Optimization.RELEASED.withLearningRate(2e-3))
                .withPrecision(Precision.FLOAT32)
                .withBatchSize(16)
                .withCheckpointing(Checkpointing.every(100).withKeep(1).withFormat(Checkpointing.Format.SAFETENSORS));
    }

    private static List<String> names(ModalitySet modalities) {
        return modalities.list().stream().map(Modality::name).toList();
    }

    private static LatentsInMemory scenes(ModalitySet modalities) {
        return new LatentsInMemory(MadeUpScenes.of(names(modalities), 64, 1), 16, 0);
    }

    private static void print(ModalitySet modalities, StepReport step) {
        if (step.step() % 50 == 0) {
            System.out.println("step " + step.step() + ": errors of " + modalities + " are "
                    + step.loss().perModality().stream()
                            .map(error -> error == null ? "unknown" : String.format(Locale.ROOT, "%.3f", error))
                            .toList());
        }
    }
}
