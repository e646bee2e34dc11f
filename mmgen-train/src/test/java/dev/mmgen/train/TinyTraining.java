package dev.mmgen.train;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.batch.LatentsInMemory;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.Granularity;
import dev.mmgen.train.loss.Mixing;
import dev.mmgen.train.loss.TimeScheme;
import dev.mmgen.train.loss.VelocityLoss;
import java.util.List;
import java.util.function.Consumer;

/** A model, a plan and data that train in milliseconds. */
public final class TinyTraining {

    public static final TransformerConfig MODEL = TransformerConfig.builder()
            .inputSize(4)
            .width(32)
            .depth(2)
            .heads(2)
            .classes(10)
            .projections(List.of(16))
            .projectorWidth(32)
            .projectionDepth(1)
            .build();

    public static final TrainingPlan PLAN = TrainingPlan.released(MODEL)
            .withPrecision(Precision.FLOAT32)
            .withBatches(4, 1)
            .withSteps(6)
            .withOptimization(Optimization.RELEASED.withLearningRate(1e-3))
            .withCheckpointing(Checkpointing.every(2));

    private TinyTraining() {}

    /** A plan for a model that takes times per element. */
    public static TrainingPlan perElement() {
        TransformerConfig model = TransformerConfig.builder()
                .inputSize(4)
                .width(32)
                .depth(2)
                .heads(2)
                .classes(10)
                .timeEmbedding(TimeEmbedding.PER_ELEMENT)
                .taskEmbedding(false)
                .projections(List.of(16))
                .projectorWidth(32)
                .projectionDepth(1)
                .build();
        return PLAN.toBuilder()
                .model(model)
                .loss(VelocityLoss.released()
                        .withConditioning(ConditioningRecipe.plain()
                                .withScheme(new TimeScheme.PerElement(Granularity.ELEMENT, Mixing.HALF))))
                .build();
    }

    /** Makes a trainer of a new model on the tiny data, for as long as it is used. */
    public static void withTrainer(TrainingPlan plan, Consumer<Trainer> use) {
        try (DiffusionTransformer model = plan.newModel();
                BatchSource batches = batches(plan);
                Trainer trainer = new Trainer(plan, model, batches)) {
            use.accept(trainer);
        }
    }

    /** Ten samples, so that batches of four leave two over. */
    public static LatentsInMemory batches(TrainingPlan plan) {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(5)) {
            TrainingBatch samples = new TrainingBatch(
                    Torch.randn(generator, DType.FLOAT32, 10, 16, 4, 4),
                    Torch.randint(generator, 0, 10, 10),
                    Torch.randn(generator, DType.FLOAT32, 10, 4, 16));
            return new LatentsInMemory(samples, plan.microBatch(), plan.seed());
        }
    }
}
