package dev.mmgen.train.checkpoint;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A checkpoint that cannot be written, read or gone on from. The message names the file, what is wrong and what differs. */
public final class CheckpointException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    /** Says what is wrong; the message begins with the file. */
    public CheckpointException(String message) {
        super(message);
    }

    /** Says what is wrong, and why. */
    public CheckpointException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
