package dev.mmgen.train;

import dev.mmgen.train.checkpoint.TrainingFolder;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A training in a folder, from the first step or from the folder's latest checkpoint to the plan's last step.
 *
 * {@snippet class="dev.mmgen.train.SnippetsTest" region="training-run"}
 *
 * @param <R> the report of a step
 */
public final class TrainingRun<R> implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(TrainingRun.class.getName());

    private final TrainingFolder folder;
    private final Training<R> training;
    private final Ranks ranks;
    private final long resumedAt;
    private final List<Consumer<? super R>> listeners = new ArrayList<>();
    private final Set<Consumer<? super R>> warned = Collections.newSetFromMap(new IdentityHashMap<>());
    private volatile boolean stopping;

    private TrainingRun(TrainingFolder folder, Training<R> training, Ranks ranks) {
        this.folder = folder;
        this.training = training;
        this.ranks = ranks;
        this.resumedAt = training.stepsMade();
    }

    /**
     * Takes a folder for this training. If it has checkpoints, the training goes on from the latest. Of several processes all
     * see the folder; rank 0 writes.
     *
     * @param training stays the caller's
     * @throws dev.mmgen.train.checkpoint.CheckpointException if another trainer uses the folder, or its checkpoint does not fit
     */
    public static <R> TrainingRun<R> open(Path path, Training<R> training) {
        Ranks ranks = Ranks.of(training.group());
        return new RankFailures(ranks).tell(() -> open(path, training, ranks));
    }

    private static <R> TrainingRun<R> open(Path path, Training<R> training, Ranks ranks) {
        TrainingFolder folder = ranks.isFirst() ? TrainingFolder.open(path) : TrainingFolder.watch(path);
        try {
            String latest = ranks.first(folder.latest().map(Path::toString).orElse(""));
            if (!latest.isEmpty()) {
                training.restore(Path.of(latest));
            }
            return new TrainingRun<>(folder, training, ranks);
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    /** Returns true in the process that writes: of several, that of rank 0. Logs need not be opened in others. */
    public boolean writes() {
        return ranks.isFirst();
    }

    /** Adds a listener, which is told of every step on the training thread; of several processes, in that of rank 0. */
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
     * Makes all steps that are left, with checkpoints as planned and at the end.
     *
     * <p>A listener that cannot write, since its disk is full for instance, ends nothing: a warning is logged once, and the
     * listener is told of the next step again. Any other exception of a listener ends the run, after a checkpoint.
     *
     * @throws NonFiniteException if a step fails; the state before it has been saved under a name of its own
     * @throws dev.mmgen.torch.weights.WeightFileException if a checkpoint cannot be written; earlier ones are untouched
     * @throws dev.mmgen.torch.distributed.ProcessGroupException if another process of the training has ended; the last
     *     checkpoint is whole
     */
    public void train() {
        new RankFailures(ranks).tell(() -> {
            makeSteps();
            return this;
        });
    }

    private void makeSteps() {
        long saved = training.stepsMade();
        while (training.stepsMade() < training.steps() && !ranks.any(stopping)) {
            tell(step());
            if (training.stepsMade() % training.checkpointing().every() == 0) {
                save();
                saved = training.stepsMade();
            }
        }
        if (saved != training.stepsMade()) {
            save();
        }
    }

    private void tell(R report) {
        if (!ranks.isFirst()) {
            return;
        }
        for (Consumer<? super R> listener : listeners) {
            try {
                listener.accept(report);
            } catch (TrainingException | UncheckedIOException e) {
                if (warned.add(listener)) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "training goes on, though " + listener.getClass().getName() + " failed: " + e.getMessage());
                }
            } catch (RuntimeException e) {
                save();
                throw e;
            }
        }
    }

    private R step() {
        try {
            return training.step();
        } catch (NonFiniteException e) {
            Path file = folder.failed(e.step(), training.checkpointing().format());
            if (ranks.isFirst()) {
                training.save(file);
            }
            throw new NonFiniteException(
                    e,
                    "the state before it is in " + file
                            + "; the training has diverged: lower the learning rate, and go on from an earlier checkpoint or begin in another folder");
        }
    }

    private void save() {
        if (!ranks.isFirst()) {
            return;
        }
        training.save(
                folder.checkpoint(training.stepsMade(), training.checkpointing().format()));
        folder.keepLatest(training.checkpointing().keep());
    }

    /** Leaves the folder. Closing twice has no effect. */
    @Override
    public void close() {
        folder.close();
    }
}
