package dev.mmgen.train.metric;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file of arrays that cannot be read or written as asked. The message names the file and what is wrong with it. */
public final class MetricFileException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final String file;

    public MetricFileException(Path file, String problem) {
        this(file, problem, null);
    }

    public MetricFileException(Path file, String problem, @Nullable Throwable cause) {
        super(file + ": " + problem, cause);
        this.file = file.toString();
    }

    /** Says what could not be done and what the system answered. */
    static MetricFileException of(Path file, String failure, IOException cause) {
        return new MetricFileException(
                file, failure + ": " + cause.getClass().getSimpleName() + ": " + cause.getMessage(), cause);
    }

    /** Returns the file at fault. */
    public Path file() {
        return Path.of(file);
    }
}
