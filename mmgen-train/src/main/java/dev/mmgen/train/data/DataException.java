package dev.mmgen.train.data;

import dev.mmgen.part.NoFault;
import java.io.Serial;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A fault of training data: missing, damaged, or of another form than expected. The message names the file, the place in it
 * and, where there is one, the remedy. A loader takes it for a bad sample and goes on.
 */
public final class DataException extends RuntimeException implements NoFault {

    @Serial
    private static final long serialVersionUID = 1L;

    /** Makes an exception with a message that names what is at fault. */
    public DataException(String message) {
        super(message);
    }

    /** Makes an exception with a message that names what is at fault, and its cause. */
    public DataException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /**
     * @param fault follows the file's name in the message
     */
    public DataException(Path file, String fault) {
        this(file + " " + fault);
    }

    /**
     * @param fault follows the file's name in the message
     */
    public DataException(Path file, String fault, @Nullable Throwable cause) {
        this(file + " " + fault, cause);
    }
}
