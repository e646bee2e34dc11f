package dev.mmgen.train;

import dev.mmgen.lora.LoraConfig;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.loss.TrainingLoss;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A {@link TrainingPlan} in the making. Settings are checked against each other by {@link #build}, so that they can be set in
 * any order. They begin as in the official recipe.
 */
public final class TrainingPlanBuilder {

    private TransformerConfig model;
    private List<String> modalities;
    private TrainingLoss loss;
    private Optimization optimization = Optimization.RELEASED;
    private Precision precision = Precision.FLOAT16;
    private int batchSize = 256;
    private int gradientAccumulation = 1;
    private long steps = 600_000;
    private long seed;
    private Checkpointing checkpointing = Checkpointing.RELEASED;
    private @Nullable LoraConfig lora;
    private boolean activationCheckpointing;

    TrainingPlanBuilder(TransformerConfig model, List<String> modalities, TrainingLoss loss) {
        this.model = model;
        this.modalities = modalities;
        this.loss = loss;
    }

    /** Sets the shape of the transformer. */
    public TrainingPlanBuilder model(TransformerConfig value) {
        this.model = Objects.requireNonNull(value, "model");
        return this;
    }

    /** Sets the names of the model's slots; empty means the standard ones. */
    public TrainingPlanBuilder modalities(List<String> names) {
        this.modalities = Objects.requireNonNull(names, "modalities");
        return this;
    }

    /** Sets what is minimised. */
    public TrainingPlanBuilder loss(TrainingLoss value) {
        this.loss = Objects.requireNonNull(value, "loss");
        return this;
    }

    /** Sets how weights move. */
    public TrainingPlanBuilder optimization(Optimization value) {
        this.optimization = Objects.requireNonNull(value, "optimization");
        return this;
    }

    /** Sets the precision of matrix products. */
    public TrainingPlanBuilder precision(Precision value) {
        this.precision = Objects.requireNonNull(value, "precision");
        return this;
    }

    /** Sets the samples per step. */
    public TrainingPlanBuilder batchSize(int samples) {
        this.batchSize = samples;
        return this;
    }

    /** Sets the micro-batches per step. */
    public TrainingPlanBuilder gradientAccumulation(int microBatches) {
        this.gradientAccumulation = microBatches;
        return this;
    }

    /** Sets after how many steps training ends. */
    public TrainingPlanBuilder steps(long count) {
        this.steps = count;
        return this;
    }

    /** Sets the seed of first weights, noise and the order of samples. */
    public TrainingPlanBuilder seed(long value) {
        this.seed = value;
        return this;
    }

    /** Sets when checkpoints are written. */
    public TrainingPlanBuilder checkpointing(Checkpointing value) {
        this.checkpointing = Objects.requireNonNull(value, "checkpointing");
        return this;
    }

    /** Sets the LoRA adapter to train in place of the weights; null trains all weights. */
    public TrainingPlanBuilder lora(@Nullable LoraConfig value) {
        this.lora = value;
        return this;
    }

    /** Sets whether blocks are computed again in the backward pass. */
    public TrainingPlanBuilder activationCheckpointing(boolean wanted) {
        this.activationCheckpointing = wanted;
        return this;
    }

    /**
     * Returns the plan.
     *
     * @throws IllegalArgumentException naming a setting that does not fit the others
     */
    public TrainingPlan build() {
        return new TrainingPlan(
                model,
                modalities,
                loss,
                optimization,
                precision,
                batchSize,
                gradientAccumulation,
                steps,
                seed,
                checkpointing,
                lora,
                activationCheckpointing);
    }
}
