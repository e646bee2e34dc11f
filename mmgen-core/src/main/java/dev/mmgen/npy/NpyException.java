package dev.mmgen.npy;

import java.io.Serial;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A {@code .npy} or {@code .npz} file that cannot be read or written. The message names the file and the fault. */
public final class NpyException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final String file;

    /**
     * @param problem follows the file's name in the message
     */
    public NpyException(Path file, String problem) {
        this(file, problem, null);
    }

    /**
     * @param problem follows the file's name in the message
     */
    public NpyException(Path file, String problem, @Nullable Throwable cause) {
        super(file + ": " + problem, cause);
        this.file = file.toString();
    }

    /** Returns the file that the fault is in. */
    public Path file() {
        return Path.of(file);
    }
}
