package dev.mmgen.train.finetune;

import dev.mmgen.MmGen;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.modality.Modality;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.train.Precision;
import dev.mmgen.train.StepReport;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.TrainingRun;
import dev.mmgen.train.loss.PictureDecoder;
import dev.mmgen.train.loss.TrainingLoss;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The way from a trained model and pictures to a new model folder: a modality of one's own is added or takes the place of
 * another, or the model learns to read photos. All but the model, what to learn and the pictures has a default that follows
 * from them:
 *
 * {@snippet class="dev.mmgen.train.SnippetsTest" region="fine-tuning-facade"}
 *
 * <p>Pictures are encoded once; their latents stay in the folder. A tenth of the samples is kept out of the training, shown in
 * {@code samples/} at intervals and measured at the end. Run again after a break, on the same pictures, it goes on to the same
 * bits.
 *
 * <p>One thread at a time uses an instance; any may call {@link #stop}.
 */
public final class FineTuning {

    final PretrainedModel model;
    final FineTuningSettings settings = new FineTuningSettings();
    final List<Consumer<? super StepReport>> listeners = new ArrayList<>();
    final List<Consumer<? super Start>> beginnings = new ArrayList<>();
    final List<Consumer<? super Encoded>> encodings = new ArrayList<>();

    private volatile boolean stopping;
    private volatile @Nullable TrainingRun<?> running;

    /**
     * The beginning of the steps, after pictures have been read and encoded.
     *
     * @param plan     all settings
     * @param made     steps of earlier runs
     * @param samples  that are trained on
     * @param heldOut  samples that are not
     * @param warnings of pictures that were left out, modalities that are not rehearsed, and new ones that the autoencoder
     *                 blurs, a line each
     */
    public record Start(TrainingPlan plan, long made, int samples, int heldOut, List<String> warnings) {

        /** Copies the list. */
        public Start {
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * The progress of encoding the pictures of one modality.
     *
     * @param modality its name in the index
     * @param done     pictures so far, those of earlier runs included
     * @param all      pictures of the modality
     */
    public record Encoded(String modality, int done, int all) {}

    /**
     * The result of a run.
     *
     * @param folder   the model folder, which {@link MmGen#open(Path)} opens
     * @param steps    that were made, those of earlier runs included
     * @param finished false if it was stopped before its last step; run it again to go on
     * @param scores   of each modality that was measured on held-out samples, by its name
     */
    public record Result(Path folder, long steps, boolean finished, Map<String, Reading> scores) {

        /** Copies the map, in its order. */
        public Result {
            scores = Collections.unmodifiableMap(new LinkedHashMap<>(scores));
        }
    }

    /**
     * The mean absolute difference, in levels from 0 to 255, of what is read from held-out photos to the truth.
     *
     * @param meanPicture of the mean training picture, the best that is possible without looking
     * @param autoencoder of the truth itself after the autoencoder, the best that a model on its latents can reach
     * @param before      of the model before its first step
     * @param after       of the result
     */
    public record Reading(double meanPicture, double autoencoder, double before, double after) {}

    /** A loss that is made of the velocity's, or compares pictures, and so is made when the plan and the decoder are known. */
    @FunctionalInterface
    public interface PlannedLoss {

        /**
         * Returns the loss.
         *
         * @param plan    with the loss that it would have otherwise, after all changes of {@link #plan(UnaryOperator)}
         * @param decoder of the model's latents; it may be asked once the steps begin
         */
        TrainingLoss of(TrainingPlan plan, PictureDecoder decoder);
    }

    private FineTuning(PretrainedModel model) {
        this.model = model;
    }

    /** Begins with a model that is open; it stays as it is, and open until {@link #run} returns. */
    public static FineTuning of(MmGen model) {
        return new FineTuning(PretrainedModel.of(model));
    }

    /** Begins with a model folder. */
    public static FineTuning of(Path folder) {
        return new FineTuning(PretrainedModel.open(folder));
    }

    /** Begins with a model by its location: a folder, or {@code classpath:} and the name of one among the resources. */
    public static FineTuning of(String location) {
        return new FineTuning(PretrainedModel.open(location));
    }

    /** Begins with a trained model of any kind, such as an official checkpoint and its autoencoder. */
    public static FineTuning of(PretrainedModel model) {
        return new FineTuning(model);
    }

    /**
     * Adds a modality, in a slot of its own. What the model knows stays; before the first step it says the same as before.
     *
     * @param modality with a {@linkplain Modality#withCoding coding} where its files hold numbers or labels: then they may be
     *     {@code .npy} arrays and pictures of 16 bits, and what the new model draws has its unit or labels again
     */
    public FineTuning add(Modality modality) {
        settings.added.add(modality);
        return this;
    }

    /** Gives the slot of a modality to another one, as the paper does with Canny edges. */
    public FineTuning replace(Modality old, Modality modality) {
        settings.replaced.put(old, modality);
        return this;
    }

    /** Trains nothing but the reading of all other modalities from photos. Without a new modality that is the default. */
    public FineTuning fromRgb() {
        settings.fromRgb = true;
        return this;
    }

    /**
     * Trains all that the model does, without a new modality: drawing, reading, and drawing from any of its modalities. It takes
     * pictures of all of them.
     */
    public FineTuning allDirections() {
        settings.allDirections = true;
        return this;
    }

    /**
     * Trains a LoRA adapter of the MLPs, of this rank, and what a new modality needs, not all weights; it is written to {@code
     * adapter/} too. With rank 8 that is 1.3 % of the weights of SiT-S/2, and 2.5 % of the small model of the world of shapes.
     */
    public FineTuning lora(int rank) {
        return lora(LoraConfig.ofMlp(rank));
    }

    /** Trains a LoRA adapter with these settings. */
    public FineTuning lora(LoraConfig config) {
        settings.lora = config;
        return this;
    }

    /**
     * Sets the pictures: a folder with a folder for each modality, or a JSONL index.
     *
     * @see dev.mmgen.train.data.PictureFolder
     */
    public FineTuning data(Path folderOrIndex) {
        settings.data = folderOrIndex;
        return this;
    }

    /**
     * Takes the latents of a modality from an HDF5 file, or from the shards of one, as {@code mmgen prepare latents} and the
     * official scripts write them: means and deviations {@code [C, h, w, 2]}, unscaled, by the keys of the samples that {@link
     * #data} lists. Nothing of this modality is encoded, and an index need not name its pictures; where there are none, those of
     * held-out samples are decoded, to be shown and measured.
     */
    public FineTuning latents(Modality modality, Path file) {
        settings.latents.put(TrainingData.indexName(modality.name()), file);
        return this;
    }

    /** Sets pictures that a program made; they are written to {@code pictures/} in the run's folder. */
    public FineTuning samples(Iterable<PictureSample> samples) {
        settings.samples = samples;
        return this;
    }

    /** Lets the model learn classes that it lacks, by the names of their folders. By default such a name is refused. */
    public FineTuning newClasses() {
        settings.unknownClasses = ClassNumbers.Unknown.LEARNT;
        return this;
    }

    /** Takes all samples for samples without a class. */
    public FineTuning withoutClasses() {
        settings.unknownClasses = ClassNumbers.Unknown.IGNORED;
        return this;
    }

    /** Sets the number of the last step, all runs together. The default is 600. */
    public FineTuning steps(long count) {
        settings.length = new FineTuningSettings.Length.Steps(count);
        return this;
    }

    /** Trains until every sample was seen so often. */
    public FineTuning epochs(double count) {
        settings.length = new FineTuningSettings.Length.Epochs(count);
        return this;
    }

    /**
     * Trains for about so long; the number of steps follows from the first few, which are measured and undone.
     *
     * @param count above 0, at most a million, which are two years
     */
    public FineTuning minutes(double count) {
        if (!(count > 0 && count <= 1e6)) {
            throw new IllegalArgumentException(
                    "a training of " + count + " minutes; it must be above 0, and at most a million");
        }
        settings.length = new FineTuningSettings.Length.Minutes(count);
        return this;
    }

    /** Sets the samples per step. The default is a power of two, at most 32 and a quarter of the samples. */
    public FineTuning batchSize(int samples) {
        settings.batchSize = samples;
        return this;
    }

    /**
     * Sets the highest learning rate. The default is 1e-4 for the width of SiT-XL, in inverse proportion more for narrower models:
     * 6e-4 for a width of 192. Where a modality is replaced it is half of that. An adapter learns at 5 times that rate, at twice of it beside a new modality. Where a modality is added, the weights that begin at zero
     * learn at 10 times and the others at a tenth of that rate, so that the old modalities fade less: the rate that is set is that of
     * the others, and the new weights learn 100 times as fast (an adapter's twice).
     */
    public FineTuning learningRate(double rate) {
        settings.learningRate = rate;
        return this;
    }

    /** Sets how much of the EMA stays in a step, 0 to 1. By default less than 5 % of the first weights are left at the end. */
    public FineTuning emaDecay(double decay) {
        settings.emaDecay = decay;
        return this;
    }

    /**
     * Sets how far the model that the fine-tuning begins with, frozen, decides what is to be answered of the modalities that it
     * knows: the share of its velocity in their target, 0 to 1. The rest is that of the pictures. The default is 1 where a
     * modality is added and none is replaced, else 0. Above 0 a step takes about a third more time.
     *
     * <p>On the world of shapes, with instance masks of 200 scenes as the new modality and 600 steps, 100 other scenes are read
     * worse than before by 4.1 % (depth, AbsRel), 2.2 % (normals) and 0.7 % (mIoU). These are requests that do not ask for the
     * new modality, whose slot then stays {@linkplain dev.mmgen.io.ModelConfig#optional blank}, as it does in a quarter of the
     * training samples. In trials of 80 steps without blank samples depth was worse by 4.7 % without distillation and by 1.4 % with
     * it; drawn together with the new modality, by 24 % and 10 %, since the noise of a further slot passes through the same tokens.
     *
     * @see dev.mmgen.train.loss.Distillation
     */
    public FineTuning distillation(double share) {
        settings.distillation = share;
        return this;
    }

    /** Sets the precision. The default is bfloat16 where the device is faster with it, else float32. */
    public FineTuning precision(Precision precision) {
        settings.precision = precision;
        return this;
    }

    /** Sets the side of the pictures in pixels. The default is that of the model. */
    public FineTuning size(int pixels) {
        settings.size = pixels;
        return this;
    }

    /** Sets the seed of noise, order and new weights. The default is 0. */
    public FineTuning seed(long seed) {
        settings.seed = seed;
        return this;
    }

    /**
     * Trains in all processes of a group, which see the same pictures and folder, and are given the same settings. Rank 0 encodes,
     * writes and measures; each takes its share of every batch. The default is this process alone.
     *
     * @param group stays the caller's; null for this process alone
     */
    public FineTuning processes(@Nullable ProcessGroup group) {
        settings.group = group;
        return this;
    }

    /** Sets the device. The default is the processor. */
    public FineTuning on(Device device) {
        settings.device = device;
        return this;
    }

    /** Sets what is minimised, in place of the velocity's error. */
    public FineTuning loss(TrainingLoss loss) {
        settings.loss = loss;
        return this;
    }

    /**
     * Sets what is minimised, in place of the velocity's error, where that is made of it or asks for pictures.
     *
     * @param lesson what the loss teaches beside the plan, in few words, such as {@code guidance of 3}: the folder's note keeps
     *               it, and a run of another lesson does not go on there; empty for nothing
     */
    public FineTuning plannedLoss(String lesson, PlannedLoss loss) {
        settings.lesson = lesson;
        settings.plannedLoss = loss;
        return this;
    }

    /** Changes any setting of the plan, after all defaults and the changes before. */
    public FineTuning plan(UnaryOperator<TrainingPlan> change) {
        UnaryOperator<TrainingPlan> before = settings.change;
        settings.change = plan -> change.apply(before.apply(plan));
        return this;
    }

    /** Changes the settings of the model folder that is written, such as the sampling defaults, after all defaults and the changes before. */
    public FineTuning describe(UnaryOperator<ModelConfig> change) {
        UnaryOperator<ModelConfig> before = settings.description;
        settings.description = config -> change.apply(before.apply(config));
        return this;
    }

    /**
     * Sets how often pictures of held-out samples are drawn; 0 for never. The default is every fifth of the steps.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public FineTuning picturesEvery(long steps) {
        if (steps < 0) {
            throw new IllegalArgumentException(
                    "pictures every " + steps + " steps; it must be at least 1, or 0 for never");
        }
        settings.picturesEvery = steps;
        return this;
    }

    /** Adds a listener, which is told of every step on the calling thread. */
    public FineTuning onStep(Consumer<? super StepReport> listener) {
        listeners.add(listener);
        return this;
    }

    /** Adds a listener, which is told when the steps begin. */
    public FineTuning onStart(Consumer<? super Start> listener) {
        beginnings.add(listener);
        return this;
    }

    /** Adds a listener of the encoding of pictures. */
    public FineTuning onEncoded(Consumer<? super Encoded> listener) {
        encodings.add(listener);
        return this;
    }

    /**
     * Returns all settings, as {@link #run} would have them; pictures are listed, but not encoded.
     *
     * @throws RuntimeException as {@link #run} throws for bad input
     */
    public TrainingPlan plan() {
        return FineTuningRun.plan(this);
    }

    /**
     * Trains in a folder, from where an earlier run there ended, and leaves a model folder: weights, autoencoder, settings, a
     * model card, and beside them checkpoints, logs and latents of the run. What can be checked is checked before anything is
     * encoded.
     *
     * @param folder is made if needed
     * @throws dev.mmgen.train.data.DataException if pictures are missing, differ in size or have unknown classes
     * @throws IllegalArgumentException if settings do not fit model or data, or the folder holds another fine-tuning
     * @throws dev.mmgen.train.NonFiniteException if a step fails; earlier checkpoints stay
     */
    public Result run(Path folder) {
        return FineTuningRun.run(this, folder);
    }

    /** Asks {@link #run} to end after the step that is being made; what was learnt by then is the result. */
    public void stop() {
        stopping = true;
        TrainingRun<?> run = running;
        if (run != null) {
            run.stop();
        }
    }

    /** Takes note of the run whose steps are being made. */
    void running(TrainingRun<?> run) {
        running = run;
        if (stopping) {
            run.stop();
        }
    }
}
