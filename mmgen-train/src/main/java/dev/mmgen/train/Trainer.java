package dev.mmgen.train;

import dev.mmgen.io.ModelConfig;
import dev.mmgen.lora.Lora;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.part.PartCheck;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.optim.Ema;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.GradientWorkers.MicroBatch;
import dev.mmgen.train.GradientWorkers.Overlap;
import dev.mmgen.train.StepTimes.Part;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.checkpoint.CheckpointException;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.checkpoint.FolderCheckpoint;
import dev.mmgen.train.checkpoint.PtCheckpoint;
import dev.mmgen.train.checkpoint.SettingDifference;
import dev.mmgen.train.checkpoint.TrainingState;
import dev.mmgen.train.data.LoaderPosition;
import dev.mmgen.train.loss.AbsentPart;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The maker of training steps: loss, gradients, and the {@linkplain WeightUpdate update of the weights} (reference
 * {@code train.py}).
 *
 * <p>A step depends on weights, moments, EMA, the plan and the step's number alone, so that training goes on from a
 * {@linkplain #restore checkpoint} exactly as it would have gone on without. One thread uses a trainer.
 */
public final class Trainer implements Training<StepReport>, AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Trainer.class.getName());

    private final TrainingPlan plan;
    private final DiffusionTransformer model;
    private final BatchSource batches;
    private final Parallelism parallelism;
    private final Ranks ranks;
    private final OwnBatches own;
    private final GradientWorkers workers;
    private final @Nullable Lora lora;
    private final Bookkeeping books;
    private @Nullable ModelConfig known;
    private @Nullable Path autoencoder;

    /** Begins with the weights that the model has; the micro-batches of a step go through it one after the other. */
    public Trainer(TrainingPlan plan, DiffusionTransformer model, BatchSource batches) {
        this(plan, model, batches, Parallelism.NONE);
    }

    /** Begins with the weights that the model has; so many workers of this process compute micro-batches at the same time. */
    public Trainer(TrainingPlan plan, DiffusionTransformer model, BatchSource batches, int workers) {
        this(plan, model, batches, Parallelism.NONE.withWorkers(workers));
    }

    /**
     * Begins with the weights that the model has, of several processes with those of rank 0's. All processes of a group make a
     * trainer of the same plan and data, and the same calls. Each takes its share of every batch and holds the whole model, its
     * moments and its EMA; checkpoints are those of one process, and any number of processes goes on from them.
     *
     * @param plan    may hold a {@linkplain dev.mmgen.train.loss.TrainingLoss loss} or a
     *                {@linkplain dev.mmgen.train.loss.TimeScheme time scheme} of a program's own, of which checkpoints hold the
     *                class's name: whoever resumes the training gives the same one
     * @param model   of the plan's shape, with values; stays the caller's. Whoever resumes a training that {@linkplain
     *                dev.mmgen.train.loss.Distillation distils} from it gives the same values again. Its weights become float32 and require gradients,
     *                unless the plan trains a LoRA adapter, which the model then gets, in their place
     * @param batches of {@link TrainingPlan#microBatch} samples each; stays the caller's
     * @param parallelism among whom the micro-batches of a step are shared out
     * @throws IllegalArgumentException if the model has another shape, a part of the plan is {@linkplain AbsentPart absent}, or
     *     the micro-batches do not {@linkplain Parallelism#fit divide}
     * @throws dev.mmgen.torch.distributed.ProcessGroupException if plan or data differ between processes
     */
    public Trainer(TrainingPlan plan, DiffusionTransformer model, BatchSource batches, Parallelism parallelism) {
        AbsentPart.requireNone(plan.loss());
        if (!model.config().equals(plan.model())) {
            throw new IllegalArgumentException(
                    "the model is not the plan's: " + SettingDifference.between(plan.model(), model.config()));
        }
        parallelism.requireFit(plan);
        requireAnswers(plan, batches);
        this.parallelism = parallelism;
        this.ranks = Ranks.of(parallelism.group());
        requireSame(plan, batches);
        this.plan = plan;
        this.model = model;
        this.batches = batches;
        model.to(model.device(), DType.FLOAT32);
        model.train(true);
        this.lora = trained(plan, model);
        ranks.shareWeights(model);
        WeightUpdate update = new WeightUpdate(model, plan.optimization(), plan.steps(), plan.precision());
        try {
            this.books = new Bookkeeping(model, batches, update, ranks);
            this.own = new OwnBatches(plan, batches, ranks);
            this.workers = new GradientWorkers(plan, model, update, parallelism.workers());
        } catch (Throwable e) {
            update.close();
            throw e;
        }
    }

    /** Asks parts of a program's own once, before anything is changed or made. */
    private static void requireAnswers(TrainingPlan plan, BatchSource batches) {
        OwnPart.position(batches);
        OwnPart.check(plan.loss()).value("needsEma", plan.loss()::needsEma);
        OwnPart.check(plan.loss()).value("needsBase", plan.loss()::needsBase);
    }

    private void requireSame(TrainingPlan plan, BatchSource batches) {
        ranks.requireSame("the plan", plan::toJson, "Give all processes the same settings");
        ranks.requireSame(
                "the training data",
                () -> batches.fingerprint() + ", " + batches.epochSize() + ", at " + OwnPart.position(batches),
                "Give all processes the same index and files");
    }

    /**
     * Sets what checkpoints say of the model beside its weights, so that they need nothing else to draw: names of classes,
     * sampling defaults and, in those of safetensors, the autoencoder.
     *
     * @param settings of the model that was trained before; shape, modalities, path and normalisation of latents are the
     *                 training's. Names of classes are left out where there is another number of them
     * @param folder   of the autoencoder, which is copied into every checkpoint folder; null for none
     */
    public Trainer describedBy(ModelConfig settings, @Nullable Path folder) {
        this.known = settings;
        this.autoencoder = folder;
        return this;
    }

    /**
     * Lets the loss ask a model that is trained in turns with this one, see {@link CriticTraining}.
     *
     * @param rival of the same modalities and latents, on the same device; stays the caller's
     */
    public Trainer asking(DiffusionTransformer rival) {
        workers.ask(rival);
        return this;
    }

    private static @Nullable Lora trained(TrainingPlan plan, DiffusionTransformer model) {
        if (plan.lora() == null) {
            model.requiresGrad(true);
            return null;
        }
        try (Generator generator = Generator.seeded(plan.seed())) {
            return Lora.attach(model, plan.lora(), generator);
        }
    }

    /**
     * Makes a step.
     *
     * @throws NonFiniteException if the loss or a gradient is infinite or not a number; weights, moments, EMA and
     *     {@link #position} are then those before the step
     * @throws TrainingException if a loss or a batch source of a program's own breaks its contract; its class is named, and all
     *     but the source's place is as before the step
     */
    @Override
    public StepReport step() {
        return books.step(this::gradients, StepReport::new);
    }

    private LossReport gradients(long stepsMade, StepTimes.Watch watch) {
        boolean complete = false;
        try {
            List<LossReport> reports = gradientsOfAll(stepsMade, watch);
            List<double[]> rows = reports.stream().map(LossReport::toRow).toList();
            LossReport mean = LossReport.mean(
                    ranks.interleaved(rows).stream().map(LossReport::ofRow).toList());
            complete = true;
            return mean;
        } finally {
            // Also after an Error: the next step must not use what this one has left.
            if (!complete) {
                workers.clearGradients();
            }
        }
    }

    /** Leaves the sum of all ranks' gradients, and returns the reports of this one's micro-batches. */
    private List<LossReport> gradientsOfAll(long stepsMade, StepTimes.Watch watch) {
        RankFailures failures = new RankFailures(ranks);
        ProcessGroup group = ranks.group();
        if (group != null && parallelism.overlaps()) {
            try (GradientExchange exchange = new GradientExchange(group)) {
                return failures.allOrNone(stepsMade + 1, agreed -> {
                    List<LossReport> reports = accumulate(stepsMade, watch, new Overlap(agreed, exchange::add));
                    exchange.finish();
                    watch.lap(Part.BACKWARD);
                    return reports;
                });
            }
        }
        List<LossReport> reports = failures.allOrNone(stepsMade + 1, () -> accumulate(stepsMade, watch, null));
        ranks.addGradients(model);
        watch.lap(Part.BACKWARD);
        return reports;
    }

    private List<LossReport> accumulate(long stepsMade, StepTimes.Watch watch, @Nullable Overlap overlap) {
        List<LossReport> reports = new ArrayList<>();
        for (int first = 0; first < own.count(); first += workers.count()) {
            List<MicroBatch> drawn = draw(stepsMade, first);
            watch.lap(Part.DATA);
            boolean last = first + workers.count() == own.count();
            reports.addAll(workers.accumulate(drawn, stepsMade, watch, last ? overlap : null));
        }
        workers.requireGradients(stepsMade);
        return reports;
    }

    private List<MicroBatch> draw(long stepsMade, int first) {
        List<MicroBatch> drawn = new ArrayList<>();
        try {
            for (int place = first; place < first + workers.count(); place++) {
                drawn.add(own.next(stepsMade, place));
            }
            return drawn;
        } finally {
            if (drawn.size() < workers.count()) {
                drawn.forEach(MicroBatch::close);
            }
        }
    }

    @Override
    public @Nullable ProcessGroup group() {
        return parallelism.group();
    }

    /** Returns the plan. */
    public TrainingPlan plan() {
        return plan;
    }

    /** Returns the model that is trained. */
    public DiffusionTransformer model() {
        return model;
    }

    /** Returns the exponential moving average of its weights. */
    public Ema ema() {
        return update().ema();
    }

    /**
     * Returns a model with the EMA weights, a LoRA adapter folded in. It shares the EMA's memory where it can, so use it before
     * the next step and close it.
     */
    public DiffusionTransformer emaModel() {
        DiffusionTransformer ema = new DiffusionTransformer(plan.model());
        try (StateDict weights = ema().state();
                StateDict whole = lora == null ? weights : lora.fold(weights)) {
            ema.load(whole);
            ema.train(false);
            return ema;
        } catch (RuntimeException e) {
            ema.close();
            throw e;
        }
    }

    /** Returns the LoRA adapter that is trained in place of the weights, null where all weights are. */
    public @Nullable Lora lora() {
        return lora;
    }

    @Override
    public long stepsMade() {
        return books.stepsMade();
    }

    /** Returns where in the data the next step begins. */
    public LoaderPosition position() {
        return books.position();
    }

    @Override
    public long steps() {
        return plan.steps();
    }

    @Override
    public Checkpointing checkpointing() {
        return plan.checkpointing();
    }

    WeightUpdate update() {
        return books.update();
    }

    /**
     * Writes a checkpoint in the form that the plan names. It appears under its name when it is complete and on disk; an older
     * one stays until then.
     *
     * @throws dev.mmgen.torch.weights.WeightFileException if it cannot be written
     */
    @Override
    public void save(Path file) {
        try (TrainingState state = books.state(lora, plan.toJson())) {
            switch (plan.checkpointing().format()) {
                case PT -> PtCheckpoint.write(file, state, details());
                case SAFETENSORS -> FolderCheckpoint.write(file, state, modelConfig(), autoencoder);
            }
        }
    }

    private PtCheckpoint.Details details() {
        return new PtCheckpoint.Details(
                CheckpointArguments.of(plan),
                // A path of a program's own has no name in a model folder; the checkpoint goes without those settings.
                Interpolant.NAMES.contains(OwnPart.pathName(plan.loss()))
                        ? PtCheckpoint.model(modelConfig())
                        : Map.of("modalities", plan.modalityNames()),
                new PtCheckpoint.OptimizerGroup(
                        List.copyOf(model.parameters().keySet()),
                        plan.optimization().adamW(),
                        update().rate(stepsMade())));
    }

    /** Returns the settings of the model that is trained, as its model folder holds them. */
    public ModelConfig modelConfig() {
        ModelConfig.Builder settings = known == null
                ? ModelConfig.builder(plan.model())
                : known.toBuilder().transformer(plan.model());
        if (known != null && known.categories().size() != plan.model().classes()) {
            settings.categories(List.of());
        }
        return settings.modalityNames(plan.modalityNames())
                .path(OwnPart.pathName(plan.loss()))
                .latents(new PartCheck("batch source", BatchSource.class, batches)
                        .value("normalization", batches::normalization))
                .build();
    }

    /**
     * Goes to where a checkpoint was written, of whatever form, this library's or the official one.
     *
     * @throws CheckpointException if the checkpoint is of another architecture, in which case the message names keys and
     *     settings that differ, or lacks a part
     * @throws TrainingException if the plan in it cannot be read
     * @throws dev.mmgen.torch.weights.WeightFileException if the file is missing or damaged
     */
    @Override
    public void restore(Path file) {
        try (TrainingState state =
                TrainingState.read(file, List.copyOf(model.parameters().keySet()))) {
            TrainingPlan before = state.plan() == null ? null : TrainingPlan.parse(file + "'s plan", state.plan());
            state.requireFit(file, model, before == null ? "" : plan.architectureDifference(before));
            books.resume(state);
            boolean goesOn = stepsMade() < plan.steps();
            if (goesOn && before != null && !before.toJson().equals(plan.toJson())) {
                String changed = SettingDifference.between(before.toJson(), plan.toJson());
                LOG.log(System.Logger.Level.INFO, "going on with other settings: {0}", changed);
            }
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(file + " cannot be resumed: " + e.getMessage(), e);
        }
    }

    /** Frees moments and EMA. Closing twice has no effect. */
    @Override
    public void close() {
        workers.close();
        books.close();
    }
}
