package dev.mmgen.train;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.optim.Ema;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.StepTimes.Part;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.LoaderPosition;
import dev.mmgen.train.lora.Lora;
import dev.mmgen.train.loss.AlignmentTarget;
import dev.mmgen.train.loss.ConditioningRecipe;
import dev.mmgen.train.loss.SeededDraws;
import dev.mmgen.train.loss.SelfAlignment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes training steps: loss, gradients, and the {@linkplain WeightUpdate update of the weights} (reference {@code train.py}).
 *
 * <p>A step depends on weights, moments, averages, the plan and the step's number alone, so that training goes on from a
 * {@link TrainingCheckpoint} exactly as it would have gone on without. One thread uses a trainer.
 */
public final class Trainer implements Training<StepReport>, AutoCloseable {

    private final TrainingPlan plan;
    private final ConditioningRecipe recipe;
    private final DiffusionTransformer model;
    private final BatchSource batches;
    private final GradientWorkers workers;
    private final @Nullable Lora lora;
    private final WeightUpdate update;
    private final @Nullable DiffusionTransformer teacher;
    private long stepsMade;
    private LoaderPosition position;

    /** Begins with the weights that the model has; the parts of a batch go through it one after the other. */
    public Trainer(TrainingPlan plan, DiffusionTransformer model, BatchSource batches) {
        this(plan, model, batches, 1);
    }

    /**
     * Begins with the weights that the model has, and one of the recipes that have names.
     *
     * @param model   of the plan's shape, with values; stays the caller's. Its weights become float32 and require gradients,
     *                unless the plan trains corrections, which the model then gets, in their place
     * @param batches of {@link TrainingPlan#samplesAtOnce} samples each; stays the caller's
     * @param workers how many parts of a batch (the plan's {@code accumulation}) are computed at the same time, each by a
     *                thread with its share of {@link Torch#threads}. Small models train faster so, most of all on a machine
     *                that has other work. The gradients are the same, added in the same order; each worker beyond the first
     *                costs their memory once more
     * @throws IllegalArgumentException if the model has another shape, or the parts do not divide among the workers
     */
    public Trainer(TrainingPlan plan, DiffusionTransformer model, BatchSource batches, int workers) {
        this(plan, plan.objective().conditioning(), model, batches, workers);
    }

    /**
     * Begins with the weights that the model has, and a recipe of one's own: other samples' conditions and times, times per
     * element, blank inputs. All else is as {@linkplain #Trainer(TrainingPlan, DiffusionTransformer, BatchSource, int) above}.
     *
     * @param plan   whose objective has {@link Recipe#OWN}, so that its checkpoints do not claim another
     * @param recipe how batches are noised and supervised; whoever resumes the training gives the same one
     * @throws IllegalArgumentException if the recipe is another one than the plan names, or gives times that the model does not
     *     take
     */
    public Trainer(
            TrainingPlan plan,
            ConditioningRecipe recipe,
            DiffusionTransformer model,
            BatchSource batches,
            int workers) {
        if (plan.objective().recipe() != Recipe.OWN
                && !recipe.equals(plan.objective().conditioning())) {
            throw new IllegalArgumentException(
                    "setting 'recipe' is " + plan.objective().recipe() + "; it must be OWN for a recipe of one's own");
        }
        TrainingPlan.requireTimes(recipe.scheme(), recipe, plan.model());
        if (!model.config().equals(plan.model())) {
            throw new IllegalArgumentException(
                    "the model is not the plan's: " + SettingDifference.between(plan.model(), model.config()));
        }
        GradientWorkers.requireFit(plan, workers);
        this.plan = plan;
        this.recipe = recipe;
        this.model = model;
        this.batches = batches;
        model.to(model.device(), DType.FLOAT32);
        model.train(true);
        this.lora = trained(plan, model);
        this.update = new WeightUpdate(model, plan.optimization(), plan.steps(), plan.precision());
        this.position = batches.position();
        this.teacher = plan.objective().alignsItself() ? follower() : null;
        this.workers = new GradientWorkers(plan, plan.objective().loss(recipe), model, update, workers, target());
    }

    /** Returns a model that shares the averages, and so follows them. */
    private DiffusionTransformer follower() {
        DiffusionTransformer follower = new DiffusionTransformer(plan.model());
        Lora.attachLike(model, follower);
        try (StateDict averages = update.average().state()) {
            follower.load(averages);
        }
        return follower;
    }

    private @Nullable AlignmentTarget target() {
        Objective objective = plan.objective();
        return teacher == null
                ? null
                : new SelfAlignment(teacher, objective.teacherDepth(plan.model().depth()), objective.teacherTime());
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
     * @throws NonFiniteException if the loss or a gradient is infinite or not a number; weights, moments, averages and
     *     {@link #position} are then those before the step
     */
    @Override
    public StepReport step() {
        StepTimes.Watch watch = new StepTimes.Watch();
        LossReport mean = gradients(watch);
        double rate = update.rate(stepsMade);
        double norm = update.apply(stepsMade, mean);
        watch.lap(Part.OPTIMIZER);
        stepsMade++;
        position = batches.position();
        return new StepReport(stepsMade, mean, norm, rate, !Double.isFinite(norm), watch.times());
    }

    private LossReport gradients(StepTimes.Watch watch) {
        List<LossReport> reports = new ArrayList<>();
        try {
            for (int first = 0; first < plan.accumulation(); first += workers.count()) {
                List<DrawnBatch> parts = draw(first);
                watch.lap(Part.DATA);
                reports.addAll(workers.accumulate(parts, stepsMade, watch));
            }
            return LossReport.mean(reports);
        } catch (RuntimeException e) {
            workers.clearGradients();
            throw e;
        }
    }

    private List<DrawnBatch> draw(int first) {
        List<DrawnBatch> parts = new ArrayList<>();
        try {
            for (int part = first; part < first + workers.count(); part++) {
                long draw = Math.addExact(Math.multiplyExact(stepsMade, (long) plan.accumulation()), part);
                parts.add(DrawnBatch.of(batches, SeededDraws.ofStep(plan.seed(), draw)));
            }
            return parts;
        } catch (RuntimeException e) {
            parts.forEach(DrawnBatch::close);
            throw e;
        }
    }

    /** Returns the plan. */
    public TrainingPlan plan() {
        return plan;
    }

    /** Returns how batches are noised and supervised. */
    public ConditioningRecipe recipe() {
        return recipe;
    }

    /** Returns the model that is trained. */
    public DiffusionTransformer model() {
        return model;
    }

    /** Returns the moving average of its weights. */
    public Ema average() {
        return update.average();
    }

    @Override
    public long stepsMade() {
        return stepsMade;
    }

    /** Returns where in the data the next step begins. */
    public LoaderPosition position() {
        return position;
    }

    @Override
    public long steps() {
        return plan.steps();
    }

    @Override
    public Saving saving() {
        return plan.saving();
    }

    @Override
    public void save(Path file) {
        TrainingCheckpoint.write(file, this);
    }

    @Override
    public void restore(Path file) {
        TrainingCheckpoint.restore(file, this);
    }

    /** Returns the corrections that are trained in place of the weights, null where all weights are. */
    public @Nullable Lora lora() {
        return lora;
    }

    LatentNormalization normalization() {
        return batches.normalization();
    }

    WeightUpdate update() {
        return update;
    }

    @Nullable
    EpochSize epochSize() {
        return batches.epochSize();
    }

    /** Goes on from a place; weights, moments and averages have been set before. */
    void resume(Progress progress) {
        EpochSize now = batches.epochSize();
        EpochSize then = progress.epoch();
        LoaderPosition place = now == null || then == null ? progress.position() : now.at(progress.position(), then);
        batches.moveTo(place);
        stepsMade = progress.steps();
        position = place;
    }

    /** Frees moments and averages. Closing twice has no effect. */
    @Override
    public void close() {
        workers.close();
        if (teacher != null) {
            teacher.close();
        }
        update.close();
    }
}
