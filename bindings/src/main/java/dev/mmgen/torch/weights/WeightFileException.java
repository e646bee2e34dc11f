package dev.mmgen.torch.weights;

import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.FileReason;
import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A weight file that cannot be read or written as asked. The message names the file, the tensor where there is one,
 * what is wrong with it and what to do.
 */
public final class WeightFileException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final String file;
    private final @Nullable String key;

    public WeightFileException(Path file, String problem) {
        this(file, null, problem, null);
    }

    public WeightFileException(Path file, String problem, @Nullable Throwable cause) {
        this(file, null, problem, cause);
    }

    /**
     * @param key the tensor or entry at fault, null if the whole file is
     */
    public WeightFileException(Path file, @Nullable String key, String problem, @Nullable Throwable cause) {
        super(file + (key == null ? "" : ": '" + abbreviated(key) + "'") + ": " + problem, cause);
        this.file = file.toString();
        this.key = key;
    }

    /** Writes a file through {@link AtomicFile}, a failure of which becomes one of these. */
    static void writing(Path file, AtomicFile.Contents contents) {
        try {
            AtomicFile.write(file, contents);
        } catch (IOException e) {
            throw new WeightFileException(file, "cannot be written: " + FileReason.writing(e), e);
        }
    }

    /** Returns the file at fault. */
    public Path file() {
        return Path.of(file);
    }

    /** Returns the tensor or entry at fault, null if the whole file is. */
    public @Nullable String key() {
        return key;
    }

    private static String abbreviated(String key) {
        return key.length() <= 200 ? key : key.substring(0, 200) + "...";
    }
}
