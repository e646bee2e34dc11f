package dev.mmgen.train.finetune;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalityCoding;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.train.Optimization;
import dev.mmgen.train.Precision;
import dev.mmgen.train.RateFactor;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.Distillation;
import dev.mmgen.train.loss.PictureDecoder;
import dev.mmgen.train.loss.TrainingLoss;
import dev.mmgen.train.loss.VelocityLoss;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The settings that a program gives a fine-tuning, and the plan that follows from them, from the model and from the samples. */
final class FineTuningSettings {

    /** The length of a fine-tuning that is given none. */
    private static final long USUAL_STEPS = 600;
    /** The width of SiT-XL, which the reference trains with the rate 1e-4: a narrower model takes a higher one. */
    private static final double REFERENCE_WIDTH = 1152;
    /** The rate of what the model knows where a modality is added, as a share of the usual: it would forget at more. */
    private static final double KNOWN_RATE = 0.1;
    /** The rate where a modality takes the slot of another. At the usual rate 200 scenes wear out what the others know. */
    private static final double REPLACING_RATE = 0.5;
    /** The rate of the weights of an added modality, in multiples of the usual: they begin at zero. */
    private static final double NEW_RATE = 10;
    /** An adapter moves less with a step than all weights do. */
    private static final double LORA_RATE = 5;
    /**
     * The rate of an adapter where a modality is added. At 5, 200 scenes of the world of shapes left depth worse by 7.2 % after 360
     * steps; at 2 by 6.6 % after 600, with 96 % of what all weights gain of the new modality.
     */
    private static final double LORA_RATE_BESIDE_NEW = 2;
    /** The rate of the weights of an added modality, in multiples of the adapter's. */
    private static final double NEW_RATE_BESIDE_LORA = 2;

    private static final int LARGEST_BATCH = 32;
    private static final int CHECKPOINTS = 5;
    private static final long LEAST_STEPS_BETWEEN_CHECKPOINTS = 25;

    /**
     * The loss weight of what the model knows where a modality is added, in multiples of the new one's. The noise of the new slot
     * passes through the same tokens, and is kept out of the other answers only as far as it costs something.
     */
    private static final double KNOWN_WEIGHT = 2;

    /**
     * The loss weight of what the model knows where a modality is replaced, in multiples of the new one's. The others were read together
     * with the old one and have to learn to do without it. On 200 scenes of the world of shapes depth was worse by 11 % at a weight of 1,
     * 9 % at 3, and 8 % at 4 and half the rate, while the new modality was read equally well.
     */
    private static final double KNOWN_WEIGHT_WITHOUT_OLD = 4;

    /** The share of samples in which the slot of an added modality is blank, as in requests that do without it. */
    private static final double BLANK = 0.25;

    /** The share of samples that are drawn without any condition. */
    private static final double JOINT = 0.22;
    /** The share that reads from the photo alone. */
    private static final double READING = 0.4;
    /** The share that draws from one other modality alone, all of them together. */
    private static final double DRAWING = 0.26;
    /** Photos whose class nobody names are to be read as well as others. */
    private static final double CLASS_DROPOUT_GIVEN = 0.7;

    final Map<Modality, Modality> replaced = new LinkedHashMap<>();
    final List<Modality> added = new ArrayList<>();
    boolean fromRgb;
    boolean allDirections;

    @Nullable
    LoraConfig lora;

    @Nullable
    Path data;

    @Nullable
    Iterable<PictureSample> samples;

    /** HDF5 files of latents that were encoded before, by their modalities' names in the index. */
    final Map<String, Path> latents = new LinkedHashMap<>();

    /** The processes that train together; null for this one alone. */
    @Nullable
    ProcessGroup group;

    ClassNumbers.Unknown unknownClasses = ClassNumbers.Unknown.REFUSED;

    @Nullable
    Length length;

    @Nullable
    Integer batchSize;

    @Nullable
    Double learningRate;

    @Nullable
    Double emaDecay;

    @Nullable
    Double distillation;

    @Nullable
    Precision precision;

    @Nullable
    Integer size;

    long seed;
    Device device = Device.CPU;

    @Nullable
    TrainingLoss loss;

    FineTuning.@Nullable PlannedLoss plannedLoss;

    UnaryOperator<TrainingPlan> change = UnaryOperator.identity();
    UnaryOperator<ModelConfig> description = UnaryOperator.identity();

    @Nullable
    Long picturesEvery;

    /** The length of a training. */
    sealed interface Length {
        /** A number of steps. */
        record Steps(long count) implements Length {}

        /** A number of times that every sample is seen. */
        record Epochs(double count) implements Length {}

        /** A time, from which the number of steps follows once some were measured. */
        record Minutes(double count) implements Length {}
    }

    /** Returns the codings of the new model's modalities by name, its new ones' among them. */
    Map<String, ModalityCoding> codings(ModelConfig known) {
        Map<String, ModalityCoding> codings = new LinkedHashMap<>(known.codings());
        replaced.keySet().forEach(old -> codings.remove(old.name()));
        Stream.concat(added.stream(), replaced.values().stream()).forEach(modality -> {
            if (modality.coding() != null) {
                codings.put(modality.name(), modality.coding());
            }
        });
        return codings;
    }

    /** Returns what a model folder is to say of the model that is trained. */
    ModelConfig described(ModelConfig known, TrainingPlan plan, LatentNormalization latents) {
        List<String> optional = Stream.concat(
                        known.optional().stream(), added.stream().map(Modality::name))
                .toList();
        return description.apply(known.toBuilder()
                .transformer(plan.model())
                .modalityNames(plan.modalityNames())
                .latents(latents)
                .codings(codings(known))
                .optional(optional)
                .build());
    }

    /** Returns what is learnt. */
    FineTuningPlan tuning(PretrainedModel model) {
        FineTuningPlan tuning = FineTuningPlan.of(model).withLora(lora);
        for (Map.Entry<Modality, Modality> change : replaced.entrySet()) {
            tuning = tuning.replace(change.getKey().name(), change.getValue().name());
        }
        for (Modality modality : added) {
            tuning = tuning.add(modality.name());
        }
        tuning.modalities();
        return tuning;
    }

    /**
     * Returns the plan for so many samples.
     *
     * @param wanted  the length: that of these settings, or the steps that follow from its minutes
     * @param factor  pixels to a side of a latent
     * @param decoder of the model's latents; losses may ask it once the steps begin
     */
    TrainingPlan plan(FineTuningPlan tuning, @Nullable Length wanted, int samples, int factor, PictureDecoder decoder) {
        TrainingPlan planned =
                tuning.plan(base -> change.apply(fitted(complete(tuning, base, wanted, samples, factor), decoder)));
        return planned.toBuilder().loss(minimised(planned, decoder)).build();
    }

    private TrainingLoss minimised(TrainingPlan plan, PictureDecoder decoder) {
        return plannedLoss == null ? plan.loss() : plannedLoss.of(plan, decoder);
    }

    /** Returns the plan with as many micro-batches as this machine's memory asks for. */
    private TrainingPlan fitted(TrainingPlan plan, PictureDecoder decoder) {
        int frozen = minimised(plan, decoder).needsBase() ? 1 : 0;
        return plan.withGradientAccumulation(MachineDefaults.microBatches(plan.batchSize(), plan.model(), frozen));
    }

    /** Returns the slots of modalities that the model has before and after. */
    private List<Integer> kept(ModelConfig known) {
        List<Integer> replacedSlots =
                replaced.keySet().stream().map(known.modalities()::indexOf).toList();
        return IntStream.range(0, known.modalityNames().size())
                .filter(slot -> !replacedSlots.contains(slot))
                .boxed()
                .toList();
    }

    private TrainingPlan complete(
            FineTuningPlan tuning, TrainingPlan base, @Nullable Length wanted, int samples, int factor) {
        TransformerConfig shape = base.model();
        if (size != null) {
            if (size < 1 || size % (factor * shape.patchSize()) != 0) {
                throw new IllegalArgumentException("setting 'size' is " + size + "; it must be a multiple of "
                        + factor * shape.patchSize() + " pixels, those of a patch of the model");
            }
            shape = shape.toBuilder().inputSize(size / factor).build();
        }
        int batch = batchSize == null ? MachineDefaults.batch(samples, LARGEST_BATCH) : batchSize;
        if (batch > samples) {
            throw new IllegalArgumentException("setting 'batchSize' is " + batch + ", but there are " + samples
                    + " samples to train on; it must be no more than that");
        }
        long steps = steps(wanted, samples, batch);
        return base.toBuilder()
                .model(shape)
                .loss(loss == null ? velocityLoss(tuning, base.velocityLoss(), shape) : loss)
                .optimization(optimization(base.optimization(), shape, steps))
                .precision(precision == null ? Precision.fastest(device) : precision)
                .batchSize(batch)
                .steps(steps)
                .seed(seed)
                .checkpointing(checkpointing(steps))
                .build();
    }

    private static long steps(@Nullable Length wanted, int samples, int batch) {
        return switch (wanted) {
            case Length.Steps given -> given.count();
            case Length.Epochs given -> Math.max(1, (long) Math.ceil(given.count() * samples / batch));
            case Length.Minutes _ -> USUAL_STEPS;
            case null -> USUAL_STEPS;
        };
    }

    private static Checkpointing checkpointing(long steps) {
        return Checkpointing.every(Math.max(LEAST_STEPS_BETWEEN_CHECKPOINTS, steps / CHECKPOINTS))
                .withKeep(2)
                .withFormat(Checkpointing.Format.SAFETENSORS);
    }

    private Optimization optimization(Optimization base, TransformerConfig shape, long steps) {
        double usual = Optimization.RELEASED.learningRate() * REFERENCE_WIDTH / shape.width();
        double share = lora == null ? knownRate() : added.isEmpty() ? LORA_RATE : LORA_RATE_BESIDE_NEW;
        return base.toBuilder()
                .learningRate(learningRate != null ? learningRate : share * usual)
                .rateFactors(
                        added.isEmpty()
                                ? List.of()
                                : newWeights(shape, lora == null ? NEW_RATE / share : NEW_RATE_BESIDE_LORA))
                .schedule(Optimization.Schedule.HOLD)
                .warmUpSteps(Math.min(100, steps / 10))
                .decaySteps(Math.max(1, steps * 2 / 5))
                .finalLearningRate(0)
                .emaDecay(emaDecay == null ? base.emaDecay() : emaDecay)
                .emaWarmUp(true)
                .build();
    }

    private double knownRate() {
        if (!added.isEmpty()) {
            return KNOWN_RATE;
        }
        return replaced.isEmpty() ? 1 : REPLACING_RATE;
    }

    private List<RateFactor> newWeights(TransformerConfig shape, double factor) {
        return lora == null
                ? NewModality.newWeights(shape, added.size(), factor)
                : NewModality.newWeightsAlone(shape, added.size(), factor);
    }

    private VelocityLoss velocityLoss(FineTuningPlan tuning, VelocityLoss base, TransformerConfig shape) {
        int modalities = shape.modalities();
        VelocityLoss equal = base.withModalityWeights(Collections.nCopies(modalities, 1.0));
        if (fromRgb || !allDirections && replaced.isEmpty() && added.isEmpty()) {
            return equal.withConditioning(tuning.readingAsBefore(ConditioningRecipe.given(0)));
        }
        if (shape.timeEmbedding() != TimeEmbedding.PER_MODALITY || modalities < 2) {
            return equal;
        }
        return keeping(equal, kept(tuning.model().config()))
                .withConditioning(tuning.readingAsBefore(mixed(modalities)))
                .withGivenClassDropout(shape.nullClass() ? CLASS_DROPOUT_GIVEN : null);
    }

    /** The model as it was answers for what it knew. To it a modality that took a slot is noise, which it never saw so late. */
    private VelocityLoss keeping(VelocityLoss equal, List<Integer> kept) {
        double share = distillation != null ? distillation : added.isEmpty() || !replaced.isEmpty() ? 0 : 1;
        List<Double> weights = new ArrayList<>(equal.modalityWeights());
        kept.forEach(slot -> weights.set(slot, knownWeight()));
        VelocityLoss weighted = equal.withModalityWeights(weights);
        return share == 0
                ? weighted
                : weighted.withDistillation(new Distillation(share, kept, replaced.isEmpty() ? BLANK : 0));
    }

    private double knownWeight() {
        if (!replaced.isEmpty()) {
            return KNOWN_WEIGHT_WITHOUT_OLD;
        }
        return added.isEmpty() ? 1 : KNOWN_WEIGHT;
    }

    /** Joint drawing, reading, drawing from one modality, and the rest from several. */
    private static ConditioningRecipe mixed(int modalities) {
        // Of two modalities none is left for several at once.
        double reading = modalities == 2 ? 1 - JOINT - DRAWING : READING;
        List<Double> alone = new ArrayList<>(List.of(reading));
        alone.addAll(Collections.nCopies(modalities - 1, DRAWING / (modalities - 1)));
        return ConditioningRecipe.mixed(JOINT, alone);
    }
}
