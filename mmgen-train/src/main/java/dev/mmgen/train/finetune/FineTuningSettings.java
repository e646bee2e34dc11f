package dev.mmgen.train.finetune;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.ModalityCoding;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.train.Precision;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.loss.PictureDecoder;
import dev.mmgen.train.loss.TrainingLoss;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The settings that a program gives a fine-tuning. What they leave open {@link FineTuningDefaults} fill in. */
final class FineTuningSettings {

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

    /** The words for what the loss teaches beside the plan; empty for nothing. */
    String lesson = "";

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
        FineTuningDefaults defaults = new FineTuningDefaults(this, tuning);
        TrainingPlan planned =
                tuning.plan(base -> change.apply(fitted(defaults.complete(base, wanted, samples, factor), decoder)));
        return planned.toBuilder().loss(minimised(planned, decoder)).build();
    }

    private TrainingLoss minimised(TrainingPlan plan, PictureDecoder decoder) {
        return plannedLoss == null ? plan.loss() : plannedLoss.of(plan, decoder);
    }

    /** Returns the plan with as many micro-batches as this machine's memory asks for. */
    private TrainingPlan fitted(TrainingPlan plan, PictureDecoder decoder) {
        TrainingLoss loss = minimised(plan, decoder);
        int frozen = loss.needsBase() ? 1 : 0;
        return plan.withGradientAccumulation(
                MachineDefaults.microBatches(plan.batchSize(), plan.model(), frozen, loss.critic() != null));
    }
}
