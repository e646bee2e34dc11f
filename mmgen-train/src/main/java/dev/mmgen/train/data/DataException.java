package dev.mmgen.train.data;

import java.io.Serial;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Training data that is missing, damaged or of another form than expected. The message names the file and the place in
 * it.
 */
public final class DataException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    DataException(Path file, String what) {
        this(file + " " + what);
    }

    DataException(Path file, String what, Throwable cause) {
        this(file + " " + what, cause);
    }
}
