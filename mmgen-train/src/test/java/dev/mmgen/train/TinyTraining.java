package dev.mmgen.train;

import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;

/** A model, a plan and data that train in milliseconds. */
final class TinyTraining {

    static final TransformerConfig MODEL = new TransformerConfig(
            4, 2, 4, 4, 32, 2, 2, 4.0, 10, true, true, TimeEmbedding.PER_MODALITY, true, false, List.of(16), 32, 1);

    static final TrainingPlan PLAN = TrainingPlan.released(MODEL)
            .withPrecision(Precision.FLOAT32)
            .withBatches(4, 1)
            .withSteps(6)
            .withOptimization(Optimization.RELEASED.withLearningRate(1e-3))
            .withSaving(new Saving(2, 0));

    private TinyTraining() {}

    /** A plan for a model that takes times per element, which no recipe with a name gives. */
    static TrainingPlan perElement() {
        TransformerConfig model = new TransformerConfig(
                4, 2, 4, 4, 32, 2, 2, 4.0, 10, true, true, TimeEmbedding.PER_ELEMENT, false, false, List.of(16), 32, 1);
        return new TrainingPlan(
                model,
                List.of(),
                Objective.RELEASED.withRecipe(Recipe.OWN),
                PLAN.optimization(),
                PLAN.precision(),
                4,
                1,
                6,
                0,
                PLAN.saving(),
                null,
                false);
    }

    /** Ten samples, so that batches of four leave two over. */
    static LatentsInMemory batches(TrainingPlan plan) {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(5)) {
            TrainingBatch samples = new TrainingBatch(
                    Torch.randn(generator, DType.FLOAT32, 10, 16, 4, 4),
                    Torch.randint(generator, 0, 10, 10),
                    Torch.randn(generator, DType.FLOAT32, 10, 4, 16));
            return new LatentsInMemory(samples, plan.samplesAtOnce(), plan.seed());
        }
    }
}
