package dev.mmgen.train;

import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.Generator;
import dev.mmgen.train.lora.LoraConfig;
import dev.mmgen.train.loss.ConditioningRecipe;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What is trained, and how. As JSON it is an object with these names; what it leaves out has the official recipe's value.
 *
 * @param model        the shape of the transformer
 * @param modalities   their names in the order of the model's slots; empty means the standard ones
 * @param objective    what is minimised
 * @param optimization how weights move
 * @param precision    of matrix products
 * @param batchSize    samples per step
 * @param accumulation into how many equal parts a batch is cut, which go through the model one after the other
 * @param steps        after how many steps, all runs together, training ends
 * @param seed         of first weights, noise and the order of samples
 * @param saving       when checkpoints are written
 * @param lora         low-rank corrections to train in place of the weights; null trains all weights
 * @param activationCheckpointing whether the backward pass computes blocks again in place of keeping their activations:
 *                     less memory, the same gradients, more time
 */
public record TrainingPlan(
        TransformerConfig model,
        List<String> modalities,
        Objective objective,
        Optimization optimization,
        Precision precision,
        int batchSize,
        int accumulation,
        long steps,
        long seed,
        Saving saving,
        @Nullable LoraConfig lora,
        boolean activationCheckpointing) {

    /**
     * Checks that the settings fit each other.
     *
     * @throws IllegalArgumentException naming the setting that does not
     */
    public TrainingPlan {
        modalities = List.copyOf(modalities);
        require(
                modalities.isEmpty() || ModalitySet.ofNames(modalities).size() == slots(model),
                "modalities",
                modalities,
                "empty, or name the model's " + slots(model));
        require(batchSize >= 1, "batchSize", batchSize, "at least 1");
        require(accumulation >= 1, "accumulation", accumulation, "at least 1");
        require(batchSize % accumulation == 0, "batchSize", batchSize, "a multiple of accumulation, " + accumulation);
        require(steps >= 1, "steps", steps, "at least 1");
        int weights = objective.modalityWeights().size();
        if (weights != model.modalities()) {
            throw new IllegalArgumentException("setting 'modalityWeights' lists " + weights
                    + " weights, but the model has " + model.modalities() + " modalities");
        }
        if (objective.recipe() != Recipe.OWN) {
            requireTimes(objective.recipe(), objective.conditioning(), model);
        }
        require(
                objective.alignmentWeight() == 0 || !model.projections().isEmpty(),
                "alignmentWeight",
                objective.alignmentWeight(),
                "0, since the model has no projections to align");
        if (objective.alignsItself()) {
            require(
                    model.projections().equals(List.of(model.width())),
                    "projections",
                    model.projections(),
                    "[" + model.width() + "], the width of the model, to align it with itself");
            require(
                    objective.teacherDepth() <= model.depth(),
                    "teacherDepth",
                    objective.teacherDepth(),
                    "at most " + model.depth() + ", the model's blocks");
        }
        require(
                objective.classDropout() == 0 || model.nullClass(),
                "classDropout",
                objective.classDropout(),
                "0, since the model has no null class");
        Double given = objective.givenClassDropout();
        require(
                given == null || given == 0 || model.nullClass(),
                "givenClassDropout",
                String.valueOf(given),
                "0, since the model has no null class");
    }

    /**
     * Checks that a recipe gives times as a model takes them.
     *
     * @param name of the recipe, for the message
     * @throws IllegalArgumentException if it does not
     */
    static void requireTimes(Object name, ConditioningRecipe recipe, TransformerConfig model) {
        TimeEmbedding times = recipe.scheme().embedding();
        require(
                times == model.timeEmbedding(),
                "recipe",
                name,
                "one that gives times " + model.timeEmbedding() + ", as the model takes them; this one gives " + times);
    }

    private static void require(boolean holds, String name, Object value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException("setting '" + name + "' is " + value + "; it must be " + rule);
        }
    }

    /** The official recipe ({@code train_imagenet.sh}): SiT-XL/2, 256 samples a step, 600,000 steps. */
    public static TrainingPlan released() {
        return released(TransformerConfig.sit("XL/2"));
    }

    /** The official recipe for another model of four modalities, with times per modality. */
    public static TrainingPlan released(TransformerConfig model) {
        return released(model, List.of(), Objective.RELEASED);
    }

    /** The official recipe for another model of these modalities, with another objective. */
    public static TrainingPlan released(TransformerConfig model, List<String> modalities, Objective objective) {
        return new TrainingPlan(
                model,
                modalities,
                objective,
                Optimization.RELEASED,
                Precision.FLOAT16,
                256,
                1,
                600_000,
                0,
                Saving.RELEASED,
                null,
                false);
    }

    /**
     * The official fine-tuning of a model: as {@link #released}, but shorter. From one modality to the others
     * ({@code finetune_hypersim_rgb2x.sh}) it makes 20,000 steps with a checkpoint every 2,000; otherwise
     * ({@code finetune_hypersim.sh}) 5,000 with one every 1,000. Steps count from the model that it begins with, not, as in
     * the official scripts, from the first step of that model's own training.
     */
    public static TrainingPlan finetuning(TransformerConfig model, List<String> modalities, Objective objective) {
        boolean given = objective.recipe() == Recipe.GIVEN;
        return released(model, modalities, objective)
                .withSteps(given ? 20_000 : 5_000)
                .withSaving(new Saving(given ? 2_000 : 1_000, Saving.RELEASED.keep()));
    }

    /**
     * Reads a plan.
     *
     * @throws TrainingException if the file is missing, is no JSON, or has a setting that is unknown or out of range; the
     *     message names it, and the nearest known one
     */
    public static TrainingPlan read(Path file) {
        return PlanJson.read(file, released());
    }

    /** Reads a plan from JSON text, see {@link #read}. */
    public static TrainingPlan parse(String json) {
        return PlanJson.parse("the plan", json, released());
    }

    /** Returns all settings as indented JSON. */
    public String toJson() {
        return PlanJson.write(this);
    }

    /** A plain SiT has one modality, whatever number its other settings name. */
    private static int slots(TransformerConfig model) {
        return model.inputChannels() / model.latentChannels();
    }

    /** Returns a name for every slot: those given, else the standard ones and, behind these, {@code modality-5} and so on. */
    public List<String> modalityNames() {
        if (!modalities.isEmpty()) {
            return modalities;
        }
        List<Modality> standard = ModalitySet.standard().list();
        return IntStream.range(0, slots(model))
                .mapToObj(slot -> slot < standard.size() ? standard.get(slot).name() : "modality-" + (slot + 1))
                .toList();
    }

    /** Returns how many samples go through the model at once. */
    public int samplesAtOnce() {
        return batchSize / accumulation;
    }

    /** Returns a model with first values from the seed, as the reference draws them. Close it after use. */
    public DiffusionTransformer newModel() {
        DiffusionTransformer fresh = new DiffusionTransformer(model);
        try (Generator generator = Generator.seeded(seed)) {
            fresh.initialize(generator);
        }
        return fresh;
    }

    /** Returns the same plan for another model. */
    public TrainingPlan withModel(TransformerConfig other) {
        return new TrainingPlan(
                other,
                modalities,
                objective,
                optimization,
                precision,
                batchSize,
                accumulation,
                steps,
                seed,
                saving,
                lora,
                activationCheckpointing);
    }

    /** Returns the same plan for another model with these modalities. */
    public TrainingPlan withModel(TransformerConfig other, List<String> names) {
        return new TrainingPlan(
                other,
                names,
                objective,
                optimization,
                precision,
                batchSize,
                accumulation,
                steps,
                seed,
                saving,
                lora,
                activationCheckpointing);
    }

    /** Returns the same plan with another objective. */
    public TrainingPlan withObjective(Objective other) {
        return new TrainingPlan(
                model,
                modalities,
                other,
                optimization,
                precision,
                batchSize,
                accumulation,
                steps,
                seed,
                saving,
                lora,
                activationCheckpointing);
    }

    /** Returns the same plan with other movements of the weights. */
    public TrainingPlan withOptimization(Optimization other) {
        return new TrainingPlan(
                model,
                modalities,
                objective,
                other,
                precision,
                batchSize,
                accumulation,
                steps,
                seed,
                saving,
                lora,
                activationCheckpointing);
    }

    /** Returns the same plan in another precision. */
    public TrainingPlan withPrecision(Precision other) {
        return new TrainingPlan(
                model,
                modalities,
                objective,
                optimization,
                other,
                batchSize,
                accumulation,
                steps,
                seed,
                saving,
                lora,
                activationCheckpointing);
    }

    /** Returns the same plan with other batches. */
    public TrainingPlan withBatches(int size, int parts) {
        return new TrainingPlan(
                model,
                modalities,
                objective,
                optimization,
                precision,
                size,
                parts,
                steps,
                seed,
                saving,
                lora,
                activationCheckpointing);
    }

    /** Returns the same plan with another end. */
    public TrainingPlan withSteps(long count) {
        return new TrainingPlan(
                model,
                modalities,
                objective,
                optimization,
                precision,
                batchSize,
                accumulation,
                count,
                seed,
                saving,
                lora,
                activationCheckpointing);
    }

    /** Returns the same plan with another seed. */
    public TrainingPlan withSeed(long other) {
        return new TrainingPlan(
                model,
                modalities,
                objective,
                optimization,
                precision,
                batchSize,
                accumulation,
                steps,
                other,
                saving,
                lora,
                activationCheckpointing);
    }

    /** Returns the same plan with corrections in place of the weights, or, for null, with all weights. */
    public TrainingPlan withLora(@Nullable LoraConfig other) {
        return new TrainingPlan(
                model,
                modalities,
                objective,
                optimization,
                precision,
                batchSize,
                accumulation,
                steps,
                seed,
                saving,
                other,
                activationCheckpointing);
    }

    /** Returns the same plan with blocks computed again in the backward pass, or not. */
    public TrainingPlan withActivationCheckpointing(boolean wanted) {
        return new TrainingPlan(
                model,
                modalities,
                objective,
                optimization,
                precision,
                batchSize,
                accumulation,
                steps,
                seed,
                saving,
                lora,
                wanted);
    }

    /** Returns the same plan with checkpoints at other times. */
    public TrainingPlan withSaving(Saving other) {
        return new TrainingPlan(
                model,
                modalities,
                objective,
                optimization,
                precision,
                batchSize,
                accumulation,
                steps,
                seed,
                other,
                lora,
                activationCheckpointing);
    }
}
