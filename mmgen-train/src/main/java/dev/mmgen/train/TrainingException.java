package dev.mmgen.train;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** Training that cannot begin or go on. The message says why, and names the file or the setting. */
public class TrainingException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    public TrainingException(String message) {
        super(message);
    }

    public TrainingException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
