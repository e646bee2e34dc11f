package dev.mmgen.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A training in a folder, from the first step or from the folder's latest checkpoint to the plan's last step.
 *
 * <pre>{@code
 * try (Trainer trainer = new Trainer(plan, model, batches);
 *         TrainingRun<StepReport> run = TrainingRun.open(Path.of("runs/canny"), trainer)) {
 *     run.onStep(progress).train();
 * }
 * }</pre>
 *
 * @param <R> what a step reports
 */
public final class TrainingRun<R> implements AutoCloseable {

    private final TrainingFolder folder;
    private final Training<R> training;
    private final long resumedAt;
    private final List<Consumer<? super R>> listeners = new ArrayList<>();
    private volatile boolean stopping;

    private TrainingRun(TrainingFolder folder, Training<R> training) {
        this.folder = folder;
        this.training = training;
        this.resumedAt = training.stepsMade();
    }

    /**
     * Takes a folder for this training. If it has checkpoints, the training goes on from the latest.
     *
     * @param training stays the caller's
     * @throws TrainingException if another trainer uses the folder, or its checkpoint does not fit
     */
    public static <R> TrainingRun<R> open(Path path, Training<R> training) {
        TrainingFolder folder = TrainingFolder.open(path);
        try {
            Optional<Path> latest = folder.latest();
            latest.ifPresent(training::restore);
            return new TrainingRun<>(folder, training);
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    /** Adds a listener, which is told of every step on the training thread. */
    public TrainingRun<R> onStep(Consumer<? super R> listener) {
        listeners.add(listener);
        return this;
    }

    /** Returns after how many steps this run began; 0 is a new training. */
    public long resumedAt() {
        return resumedAt;
    }

    /** Returns the folder. */
    public TrainingFolder folder() {
        return folder;
    }

    /** Asks {@link #train} to save and return after the step that is being made. Any thread may call it. */
    public void stop() {
        stopping = true;
    }

    /**
     * Makes all steps that are left, saving as planned and at the end.
     *
     * @throws NonFiniteException if a step fails; the state before it has been saved under a name of its own
     * @throws dev.mmgen.torch.weights.WeightFileException if a checkpoint cannot be written; earlier ones are untouched
     */
    public void train() {
        long saved = training.stepsMade();
        while (training.stepsMade() < training.steps() && !stopping) {
            R report = step();
            listeners.forEach(listener -> listener.accept(report));
            if (training.stepsMade() % training.saving().every() == 0) {
                save();
                saved = training.stepsMade();
            }
        }
        if (saved != training.stepsMade()) {
            save();
        }
    }

    private R step() {
        try {
            return training.step();
        } catch (NonFiniteException e) {
            Path file = folder.failed(e.step(), training.saving().format());
            training.save(file);
            throw new NonFiniteException(e, "the state before it is in " + file);
        }
    }

    private void save() {
        training.save(folder.checkpoint(training.stepsMade(), training.saving().format()));
        folder.keepLatest(training.saving().keep());
    }

    /** Leaves the folder. Closing twice has no effect. */
    @Override
    public void close() {
        folder.close();
    }
}
