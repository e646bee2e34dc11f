package dev.mmgen.train.autoencoder;

import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.torch.Generator;
import dev.mmgen.train.Optimization;
import dev.mmgen.train.PlanJson;
import dev.mmgen.train.Precision;
import dev.mmgen.train.checkpoint.Checkpointing;
import java.nio.file.Path;

/**
 * The plan of an autoencoder's training: the network, its loss and the settings. As JSON it is an object with these names;
 * those that are left out have the values of {@link #small}.
 *
 * {@snippet class="dev.mmgen.train.SnippetsTest" region="autoencoder-plan"}
 *
 * @param model        the shape of the network; its {@code sampleSize} is the height and width of the images
 * @param loss         what is minimised
 * @param optimization how weights move
 * @param precision    of convolutions and matrix products, float32 or bfloat16
 * @param batchSize    images per step
 * @param steps        after how many steps, all runs together, training ends
 * @param seed         of first weights, noise and the order of images
 * @param checkpointing when checkpoints are written
 */
public record AutoencoderPlan(
        AutoencoderConfig model,
        AutoencoderLoss loss,
        Optimization optimization,
        Precision precision,
        int batchSize,
        long steps,
        long seed,
        Checkpointing checkpointing) {

    /**
     * Checks that the settings fit each other.
     *
     * @throws IllegalArgumentException naming the setting that does not
     */
    public AutoencoderPlan {
        require(batchSize >= 1, "batchSize", batchSize, "at least 1");
        require(steps >= 1, "steps", steps, "at least 1");
        require(precision != Precision.FLOAT16, "precision", precision, "FLOAT32 or BFLOAT16");
        require(
                checkpointing.format() == Checkpointing.Format.PT,
                "checkpointing.format",
                checkpointing.format(),
                "PT");
        require(
                model.inChannels() == 3 && model.outChannels() == 3,
                "model.inChannels",
                model.inChannels(),
                "3, as outChannels: images have three");
        require(
                model.sampleSize() % model.factor() == 0,
                "model.sampleSize",
                model.sampleSize(),
                "a multiple of " + model.factor() + ", by which the model divides height and width");
    }

    private static void require(boolean holds, String name, Object value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException("setting '" + name + "' is " + value + "; it must be " + rule);
        }
    }

    /**
     * For images of 64 × 64 pixels and latents of 4 × 16 × 16: 0.7 million parameters, trained in half an hour on two
     * cores. On them float32 is faster than bfloat16, and few channels at full size pay: most of the work is done there.
     */
    public static AutoencoderPlan small() {
        return new AutoencoderPlan(
                AutoencoderConfig.stableDiffusion().toBuilder()
                        .blockOutChannels(16, 32, 64)
                        .layersPerBlock(1)
                        .normNumGroups(8)
                        .scalingFactor(1)
                        .sampleSize(64)
                        .build(),
                AutoencoderLoss.DEFAULT,
                Optimization.RELEASED.toBuilder()
                        .learningRate(2e-3)
                        .schedule(Optimization.Schedule.COSINE)
                        .warmUpSteps(100)
                        .finalLearningRate(1e-6)
                        .betas(0.9, 0.99)
                        .emaDecay(0.998)
                        .build(),
                Precision.FLOAT32,
                8,
                6000,
                0,
                Checkpointing.every(400).withKeep(2));
    }

    /**
     * Reads a plan.
     *
     * @throws dev.mmgen.train.TrainingException if the file is missing, is no JSON, or has a setting that is unknown or out
     *     of range; the message names it, and the nearest known one
     */
    public static AutoencoderPlan read(Path file) {
        return PlanJson.read(file, small());
    }

    /** Reads a plan from JSON text, see {@link #read}. */
    public static AutoencoderPlan parse(String json) {
        return PlanJson.parse("the plan", json, small());
    }

    /** Returns all settings as indented JSON. */
    public String toJson() {
        return PlanJson.write(this);
    }

    /** Returns a network with first values from the seed, as PyTorch draws them. Close it after use. */
    public AutoencoderKl newModel() {
        AutoencoderKl fresh = new AutoencoderKl(model);
        try (Generator generator = Generator.seeded(seed)) {
            fresh.initialize(generator);
        }
        return fresh;
    }

    /** Returns a copy for a network of another shape. */
    public AutoencoderPlan withModel(AutoencoderConfig other) {
        return new AutoencoderPlan(other, loss, optimization, precision, batchSize, steps, seed, checkpointing);
    }

    /** Returns a copy with another loss. */
    public AutoencoderPlan withLoss(AutoencoderLoss other) {
        return new AutoencoderPlan(model, other, optimization, precision, batchSize, steps, seed, checkpointing);
    }

    /** Returns a copy with another optimization. */
    public AutoencoderPlan withOptimization(Optimization other) {
        return new AutoencoderPlan(model, loss, other, precision, batchSize, steps, seed, checkpointing);
    }

    /** Returns a copy that computes in another type, float32 or bfloat16. */
    public AutoencoderPlan withPrecision(Precision other) {
        return new AutoencoderPlan(model, loss, optimization, other, batchSize, steps, seed, checkpointing);
    }

    /** Returns a copy with batches of another size. */
    public AutoencoderPlan withBatchSize(int images) {
        return new AutoencoderPlan(model, loss, optimization, precision, images, steps, seed, checkpointing);
    }

    /** Returns a copy that ends after so many steps of all runs together. */
    public AutoencoderPlan withSteps(long count) {
        return new AutoencoderPlan(model, loss, optimization, precision, batchSize, count, seed, checkpointing);
    }

    /** Returns a copy with another seed. */
    public AutoencoderPlan withSeed(long other) {
        return new AutoencoderPlan(model, loss, optimization, precision, batchSize, steps, other, checkpointing);
    }

    /** Returns a copy that writes checkpoints at other times. */
    public AutoencoderPlan withCheckpointing(Checkpointing other) {
        return new AutoencoderPlan(model, loss, optimization, precision, batchSize, steps, seed, other);
    }
}
