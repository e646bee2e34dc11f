package dev.mmgen.io;

import java.io.Serial;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A model folder that cannot be read or written as asked. The message names the file, what is wrong with it and what
 * to do.
 */
public final class ModelFolderException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final String file;

    /**
     * @param file the file or folder at fault
     */
    public ModelFolderException(Path file, String problem) {
        this(file, problem, null);
    }

    /**
     * @param file the file or folder at fault
     */
    public ModelFolderException(Path file, String problem, @Nullable Throwable cause) {
        super(file + ": " + problem, cause);
        this.file = file.toString();
    }

    /** Returns the file or folder at fault. */
    public Path file() {
        return Path.of(file);
    }
}
