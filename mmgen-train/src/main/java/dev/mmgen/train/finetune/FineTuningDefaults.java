package dev.mmgen.train.finetune;

import dev.mmgen.io.ModelConfig;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.train.Optimization;
import dev.mmgen.train.Precision;
import dev.mmgen.train.RateFactor;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.finetune.FineTuningSettings.Length;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.Distillation;
import dev.mmgen.train.loss.VelocityLoss;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The defaults of a fine-tuning: the plan that follows from its model, from what is learnt and from the number of samples, wherever a
 * program sets nothing else.
 *
 * @param settings that the program gives
 * @param tuning   of the model: what is learnt
 */
record FineTuningDefaults(FineTuningSettings settings, FineTuningPlan tuning) {

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

    /**
     * Returns a plan for so many samples, without its micro-batches.
     *
     * @param base   of the model's shape and modalities, else as in the official recipe
     * @param wanted the length: that of the settings, or the steps that follow from its minutes
     * @param factor pixels to a side of a latent
     */
    TrainingPlan complete(TrainingPlan base, @Nullable Length wanted, int samples, int factor) {
        TransformerConfig shape = base.model();
        if (settings.size != null) {
            if (settings.size < 1 || settings.size % (factor * shape.patchSize()) != 0) {
                throw new IllegalArgumentException("setting 'size' is " + settings.size + "; it must be a multiple of "
                        + factor * shape.patchSize() + " pixels, those of a patch of the model");
            }
            shape = shape.toBuilder().inputSize(settings.size / factor).build();
        }
        int batch = settings.batchSize == null ? MachineDefaults.batch(samples, LARGEST_BATCH) : settings.batchSize;
        if (batch > samples) {
            throw new IllegalArgumentException("setting 'batchSize' is " + batch + ", but there are " + samples
                    + " samples to train on; it must be no more than that");
        }
        long steps = steps(wanted, samples, batch);
        return base.toBuilder()
                .model(shape)
                .loss(settings.loss == null ? velocityLoss(base.velocityLoss(), shape) : settings.loss)
                .optimization(optimization(base.optimization(), shape, steps))
                .precision(settings.precision == null ? Precision.fastest(settings.device) : settings.precision)
                .batchSize(batch)
                .steps(steps)
                .seed(settings.seed)
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
        double share = settings.lora == null
                ? knownRate()
                : settings.added.isEmpty() ? Optimization.ADAPTER_RATE : LORA_RATE_BESIDE_NEW;
        return base.toBuilder()
                .learningRate(settings.learningRate != null ? settings.learningRate : share * usual)
                .rateFactors(
                        settings.added.isEmpty()
                                ? List.of()
                                : newWeights(shape, settings.lora == null ? NEW_RATE / share : NEW_RATE_BESIDE_LORA))
                .schedule(Optimization.Schedule.HOLD)
                .warmUpSteps(Math.min(100, steps / 10))
                .decaySteps(Math.max(1, steps * 2 / 5))
                .finalLearningRate(0)
                .emaDecay(settings.emaDecay == null ? base.emaDecay() : settings.emaDecay)
                .emaWarmUp(true)
                .build();
    }

    private double knownRate() {
        if (!settings.added.isEmpty()) {
            return KNOWN_RATE;
        }
        return settings.replaced.isEmpty() ? 1 : REPLACING_RATE;
    }

    private List<RateFactor> newWeights(TransformerConfig shape, double factor) {
        return settings.lora == null
                ? NewModality.newWeights(shape, settings.added.size(), factor)
                : NewModality.newWeightsAlone(shape, settings.added.size(), factor);
    }

    private VelocityLoss velocityLoss(VelocityLoss base, TransformerConfig shape) {
        int modalities = shape.modalities();
        VelocityLoss equal = base.withModalityWeights(Collections.nCopies(modalities, 1.0));
        if (settings.fromRgb || !settings.allDirections && settings.replaced.isEmpty() && settings.added.isEmpty()) {
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
        double share = settings.distillation != null
                ? settings.distillation
                : settings.added.isEmpty() || !settings.replaced.isEmpty() ? 0 : 1;
        List<Double> weights = new ArrayList<>(equal.modalityWeights());
        kept.forEach(slot -> weights.set(slot, knownWeight()));
        VelocityLoss weighted = equal.withModalityWeights(weights);
        return share == 0
                ? weighted
                : weighted.withDistillation(new Distillation(share, kept, settings.replaced.isEmpty() ? BLANK : 0));
    }

    /** Returns the slots of modalities that the model has before and after. */
    private List<Integer> kept(ModelConfig known) {
        List<Integer> replacedSlots = settings.replaced.keySet().stream()
                .map(known.modalities()::indexOf)
                .toList();
        return IntStream.range(0, known.modalityNames().size())
                .filter(slot -> !replacedSlots.contains(slot))
                .boxed()
                .toList();
    }

    private double knownWeight() {
        if (!settings.replaced.isEmpty()) {
            return KNOWN_WEIGHT_WITHOUT_OLD;
        }
        return settings.added.isEmpty() ? 1 : KNOWN_WEIGHT;
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
