package dev.mmgen.npy;

import java.io.IOException;
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

    /** Returns an exception that adds the reason to what failed. */
    public static NpyException of(Path file, String failure, IOException cause) {
        return new NpyException(
                file, failure + ": " + cause.getClass().getSimpleName() + ": " + cause.getMessage(), cause);
    }

    /** Returns the file that the fault is in. */
    public Path file() {
        return Path.of(file);
    }
}
