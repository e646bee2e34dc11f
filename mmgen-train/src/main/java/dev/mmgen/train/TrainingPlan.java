package dev.mmgen.train;

import dev.mmgen.lora.LoraConfig;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalitySet;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.Generator;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.checkpoint.SettingDifference;
import dev.mmgen.train.loss.AbsentPart;
import dev.mmgen.train.loss.TimeScheme;
import dev.mmgen.train.loss.TrainingLoss;
import dev.mmgen.train.loss.VelocityLoss;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a training. As JSON it is an object with these names; what it leaves out has the official recipe's value.
 *
 * @param model                  the shape of the transformer
 * @param modalities             their names in the order of the model's slots; empty means the standard ones
 * @param loss                   what is minimised. JSON holds the settings of a {@link VelocityLoss}; of a program's own loss it
 *                               holds the class's name, see {@link dev.mmgen.train.loss.AbsentPart}
 * @param optimization           how weights move
 * @param precision              of matrix products
 * @param batchSize              samples per step, a multiple of {@code gradientAccumulation}
 * @param gradientAccumulation   micro-batches per step, whose gradients are added
 * @param steps                  after how many steps, all runs together, training ends
 * @param seed                   of first weights, noise and the order of samples
 * @param checkpointing          when checkpoints are written
 * @param lora                   the LoRA adapter to train in place of the weights; null trains all weights
 * @param activationCheckpointing true computes blocks again in the backward pass in place of keeping their activations: less
 *                               memory, the same gradients, more time
 */
public record TrainingPlan(
        TransformerConfig model,
        List<String> modalities,
        TrainingLoss loss,
        Optimization optimization,
        Precision precision,
        int batchSize,
        int gradientAccumulation,
        long steps,
        long seed,
        Checkpointing checkpointing,
        @Nullable LoraConfig lora,
        boolean activationCheckpointing) {

    /** Steps that the number of a micro-batch can be counted for. */
    private static final long MOST_STEPS = 1L << 31;

    /** The settings that keys and shapes of a checkpoint follow from. */
    private record Architecture(
            TransformerConfig model, @Nullable LoraConfig lora) {}

    /**
     * Checks that the settings fit each other.
     *
     * @throws IllegalArgumentException naming the setting that does not
     */
    public TrainingPlan {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(loss, "loss");
        Objects.requireNonNull(optimization, "optimization");
        Objects.requireNonNull(precision, "precision");
        Objects.requireNonNull(checkpointing, "checkpointing");
        requireNames(Objects.requireNonNull(modalities, "modalities"));
        modalities = List.copyOf(modalities);
        require(
                modalities.isEmpty() || ModalitySet.ofNames(modalities).size() == slots(model),
                "modalities",
                modalities,
                "empty, or name the model's " + slots(model));
        require(batchSize >= 1, "batchSize", batchSize, "at least 1");
        require(gradientAccumulation >= 1, "gradientAccumulation", gradientAccumulation, "at least 1");
        require(
                batchSize % gradientAccumulation == 0,
                "batchSize",
                batchSize,
                "a multiple of gradientAccumulation, " + gradientAccumulation);
        require(steps >= 1, "steps", steps, "at least 1");
        require(steps <= MOST_STEPS, "steps", steps, "at most " + MOST_STEPS);
        OwnPart.check(loss).requireFit(() -> loss.requireFit(model));
    }

    private static void requireNames(List<String> names) {
        for (int i = 0; i < names.size(); i++) {
            Objects.requireNonNull(names.get(i), "item " + i + " of modalities");
        }
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
        return released(model, List.of(), VelocityLoss.released());
    }

    /** The official recipe for another model of these modalities, with another loss. */
    public static TrainingPlan released(TransformerConfig model, List<String> modalities, TrainingLoss loss) {
        return new TrainingPlanBuilder(model, modalities, loss).build();
    }

    /**
     * The official fine-tuning of a model: as {@link #released}, but shorter. From one modality to the others
     * ({@code finetune_hypersim_rgb2x.sh}) it makes 20,000 steps with a checkpoint every 2,000; otherwise
     * ({@code finetune_hypersim.sh}) 5,000 with one every 1,000. Steps count from the model that it begins with, not, as in
     * the official scripts, from the first step of that model's own training.
     */
    public static TrainingPlan finetuning(TransformerConfig model, List<String> modalities, TrainingLoss loss) {
        boolean given = loss instanceof VelocityLoss velocity
                && velocity.conditioning().schemeBesideReading() instanceof TimeScheme.FixedCondition;
        return released(model, modalities, loss)
                .withSteps(given ? 20_000 : 5_000)
                .withCheckpointing(Checkpointing.every(given ? 2_000 : 1_000));
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
        return parse("the plan", json);
    }

    static TrainingPlan parse(String origin, String json) {
        return PlanJson.parse(origin, json, released());
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
                .mapToObj(i -> i < standard.size() ? standard.get(i).name() : "modality-" + (i + 1))
                .toList();
    }

    /** Returns how many samples go through the model at once. */
    public int microBatch() {
        return batchSize / gradientAccumulation;
    }

    /**
     * Returns the loss as the paper's.
     *
     * @throws IllegalArgumentException if it is another one, or is absent
     */
    public VelocityLoss velocityLoss() {
        if (loss instanceof AbsentPart) {
            AbsentPart.requireNone(loss);
        }
        if (loss instanceof VelocityLoss velocity) {
            return velocity;
        }
        throw new IllegalArgumentException(
                "setting 'loss' is " + loss + "; only a VelocityLoss has a conditioning and weights per modality");
    }

    /** Returns a model with first values from the seed, as the reference draws them. Close it after use. */
    public DiffusionTransformer newModel() {
        DiffusionTransformer fresh = new DiffusionTransformer(model);
        try (Generator generator = Generator.seeded(seed)) {
            fresh.initialize(generator);
        }
        return fresh;
    }

    /** Returns the settings in which the architecture of another plan differs, as text; empty if in none. */
    String architectureDifference(TrainingPlan found) {
        return SettingDifference.between(new Architecture(model, lora), new Architecture(found.model, found.lora));
    }

    /** Returns a builder that begins with these settings. */
    public TrainingPlanBuilder toBuilder() {
        return new TrainingPlanBuilder(model, modalities, loss)
                .optimization(optimization)
                .precision(precision)
                .batchSize(batchSize)
                .gradientAccumulation(gradientAccumulation)
                .steps(steps)
                .seed(seed)
                .checkpointing(checkpointing)
                .lora(lora)
                .activationCheckpointing(activationCheckpointing);
    }

    /** Returns the same plan for another model. */
    public TrainingPlan withModel(TransformerConfig other) {
        return toBuilder().model(other).build();
    }

    /** Returns the same plan with these names of the model's slots. */
    public TrainingPlan withModalities(List<String> names) {
        return toBuilder().modalities(names).build();
    }

    /** Returns the same plan with another loss. */
    public TrainingPlan withLoss(TrainingLoss other) {
        return toBuilder().loss(other).build();
    }

    /** Returns the same plan with other movements of the weights. */
    public TrainingPlan withOptimization(Optimization other) {
        return toBuilder().optimization(other).build();
    }

    /** Returns the same plan in another precision. */
    public TrainingPlan withPrecision(Precision other) {
        return toBuilder().precision(other).build();
    }

    /** Returns the same plan with so many samples per step. */
    public TrainingPlan withBatchSize(int samples) {
        return toBuilder().batchSize(samples).build();
    }

    /** Returns the same plan with so many micro-batches per step. */
    public TrainingPlan withGradientAccumulation(int microBatches) {
        return toBuilder().gradientAccumulation(microBatches).build();
    }

    /** Returns the same plan with so many samples per step, in so many micro-batches. */
    public TrainingPlan withBatches(int samples, int microBatches) {
        return toBuilder().batchSize(samples).gradientAccumulation(microBatches).build();
    }

    /** Returns the same plan with another end. */
    public TrainingPlan withSteps(long count) {
        return toBuilder().steps(count).build();
    }

    /** Returns the same plan with another seed. */
    public TrainingPlan withSeed(long other) {
        return toBuilder().seed(other).build();
    }

    /** Returns the same plan with checkpoints at other times. */
    public TrainingPlan withCheckpointing(Checkpointing other) {
        return toBuilder().checkpointing(other).build();
    }

    /** Returns the same plan with a LoRA adapter in place of the weights, or, for null, with all weights. */
    public TrainingPlan withLora(@Nullable LoraConfig other) {
        return toBuilder().lora(other).build();
    }

    /** Returns the same plan with blocks computed again in the backward pass, or not. */
    public TrainingPlan withActivationCheckpointing(boolean wanted) {
        return toBuilder().activationCheckpointing(wanted).build();
    }
}
