package dev.mmgen.train;

import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.train.checkpoint.Checkpointing;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A training as a {@link TrainingRun} sees it: steps to make, checkpoints to write and to go on from. A step depends on what a
 * checkpoint holds and on the step's number alone, so that a resumed training ends as it would have ended without a break.
 *
 * @param <R> the report of a step
 */
public interface Training<R> {

    /**
     * Makes a step.
     *
     * @throws NonFiniteException if the loss or a gradient is infinite or not a number; nothing has changed then
     */
    R step();

    /** Returns the processes that train together, all of which make the same steps; null for this one alone. */
    default @Nullable ProcessGroup group() {
        return null;
    }

    /** Returns how many steps have been made, those of earlier runs included. */
    long stepsMade();

    /** Returns after how many steps, all runs together, training ends. */
    long steps();

    /** Returns when checkpoints are written. */
    Checkpointing checkpointing();

    /** Writes a checkpoint. The file appears under its name when it is complete and on disk. */
    void save(Path file);

    /**
     * Goes to where a checkpoint was written.
     *
     * @throws dev.mmgen.train.checkpoint.CheckpointException if the checkpoint does not fit; the message says what differs
     */
    void restore(Path file);
}
