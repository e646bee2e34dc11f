package dev.mmgen.train;

import dev.mmgen.lora.Lora;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.train.StepTimes.Part;
import dev.mmgen.train.checkpoint.Progress;
import dev.mmgen.train.checkpoint.TrainingState;
import dev.mmgen.train.data.BatchOrder;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.LoaderPosition;
import org.jspecify.annotations.Nullable;

/**
 * The bookkeeping that all trainers have in common: how many steps are made, where the data stands, and the state that a
 * checkpoint holds. One thread uses it.
 */
public final class Bookkeeping implements AutoCloseable {

    private final Module model;
    private final BatchOrder data;
    private final WeightUpdate update;
    private final Ranks ranks;
    private final WeightComparison comparison;
    private long stepsMade;
    private LoaderPosition position;

    /** A computation of gradients. */
    @FunctionalInterface
    public interface Gradients<L extends Record> {
        /**
         * Adds the gradients of the next batch, those of other ranks too, to the model's parameters, and laps data, forward and
         * backward.
         *
         * @throws NonFiniteException if the loss is infinite or not a number
         */
        L compute(long stepsMade, StepTimes.Watch watch);
    }

    /** A maker of a step's report. */
    @FunctionalInterface
    public interface Report<L extends Record, R> {
        /** Returns the report of a step that has been made; 1 is the first. */
        R of(long step, L loss, WeightUpdate.Result update, StepTimes times);
    }

    /**
     * Begins at the first step.
     *
     * @param model  stays the caller's
     * @param data   stays the caller's
     * @param update of the model's weights; taken over
     * @param ranks  that make the same steps
     */
    public Bookkeeping(Module model, BatchOrder data, WeightUpdate update, Ranks ranks) {
        this.ranks = ranks;
        this.comparison = new WeightComparison(ranks);
        this.model = model;
        this.data = data;
        this.update = update;
        this.position = OwnPart.position(data);
    }

    /**
     * Makes a step.
     *
     * @throws NonFiniteException if the loss or a gradient is infinite or not a number; all is then as before the step
     * @throws TrainingException if the data cannot tell where it stands; all but that is then as before the step
     */
    public <L extends Record, R> R step(Gradients<L> gradients, Report<L, R> report) {
        StepTimes.Watch watch = new StepTimes.Watch();
        L loss;
        LoaderPosition next;
        boolean computed = false;
        try {
            loss = gradients.compute(stepsMade, watch);
            // Before the weights move, so that a source that cannot tell its place leaves them alone.
            next = OwnPart.position(data, stepsMade + 1);
            computed = true;
        } finally {
            if (!computed) {
                update.optimizer().clearGradients();
            }
        }
        WeightUpdate.Result result = update.apply(stepsMade, loss, ranks);
        comparison.after(model, update.ema());
        watch.lap(Part.OPTIMIZER);
        stepsMade++;
        position = next;
        return report.of(stepsMade, loss, result, watch.times());
    }

    /** Returns how many steps have been made, those of earlier runs included. */
    public long stepsMade() {
        return stepsMade;
    }

    /** Returns where in the data the next step begins. */
    public LoaderPosition position() {
        return position;
    }

    /** Returns the optimizer, the EMA and the loss scale. */
    public WeightUpdate update() {
        return update;
    }

    /**
     * Returns what a checkpoint holds. Tensors share the training's storage. Close the result.
     *
     * @param lora the adapter that is trained; null where all weights are
     * @param plan as JSON
     */
    public TrainingState state(@Nullable Lora lora, String plan) {
        Progress progress = new Progress(
                stepsMade, position, data.epochSize(), update.scaler().state());
        return new TrainingState(TrainingState.capture(model, update.ema(), update.optimizer(), lora), progress, plan);
    }

    /**
     * Goes on from a state that {@linkplain TrainingState#requireFit fits} the model.
     *
     * @throws IllegalArgumentException if moments or the place in the data do not fit
     */
    public void resume(TrainingState state) {
        Progress progress = state.progress();
        state.copyTo(model, update.ema(), update.optimizer());
        if (progress.scaler() != null) {
            update.scaler().load(progress.scaler());
        }
        EpochSize now = data.epochSize();
        EpochSize then = progress.epoch();
        LoaderPosition place = now == null || then == null ? progress.position() : now.at(progress.position(), then);
        data.moveTo(place);
        stepsMade = progress.steps();
        position = place;
    }

    /** Frees moments and EMA. Closing twice has no effect. */
    @Override
    public void close() {
        update.close();
    }
}
