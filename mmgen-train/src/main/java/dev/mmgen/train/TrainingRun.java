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
 *         TrainingRun run = TrainingRun.open(Path.of("runs/canny"), trainer)) {
 *     run.onStep(progress).train();
 * }
 * }</pre>
 */
public final class TrainingRun implements AutoCloseable {

    private final TrainingFolder folder;
    private final Trainer trainer;
    private final long resumedAt;
    private final List<Consumer<StepReport>> listeners = new ArrayList<>();
    private volatile boolean stopping;

    private TrainingRun(TrainingFolder folder, Trainer trainer) {
        this.folder = folder;
        this.trainer = trainer;
        this.resumedAt = trainer.stepsMade();
    }

    /**
     * Takes a folder for this training. If it has checkpoints, the trainer goes on from the latest.
     *
     * @param trainer stays the caller's
     * @throws TrainingException if another trainer uses the folder, or its checkpoint does not fit
     */
    public static TrainingRun open(Path path, Trainer trainer) {
        TrainingFolder folder = TrainingFolder.open(path);
        try {
            Optional<Path> latest = folder.latest();
            latest.ifPresent(file -> TrainingCheckpoint.restore(file, trainer));
            return new TrainingRun(folder, trainer);
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    /** Adds a listener, which is told of every step on the training thread. */
    public TrainingRun onStep(Consumer<StepReport> listener) {
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
        long saved = trainer.stepsMade();
        while (trainer.stepsMade() < trainer.plan().steps() && !stopping) {
            StepReport report = step();
            listeners.forEach(listener -> listener.accept(report));
            if (trainer.stepsMade() % trainer.plan().saving().every() == 0) {
                save();
                saved = trainer.stepsMade();
            }
        }
        if (saved != trainer.stepsMade()) {
            save();
        }
    }

    private StepReport step() {
        try {
            return trainer.step();
        } catch (NonFiniteException e) {
            Path file = folder.failed(e.step());
            TrainingCheckpoint.write(file, trainer);
            throw new NonFiniteException(e, "the state before it is in " + file);
        }
    }

    private void save() {
        TrainingCheckpoint.write(folder.checkpoint(trainer.stepsMade()), trainer);
        folder.keepLatest(trainer.plan().saving().keep());
    }

    /** Leaves the folder. Closing twice has no effect. */
    @Override
    public void close() {
        folder.close();
    }
}
