package dev.mmgen.torch.weights.file;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Maker of the exception that tells what is wrong with a file; the readers below do not know its class. */
@FunctionalInterface
public interface FileFault {

    /**
     * Makes the exception.
     *
     * @param part the tensor or entry at fault, null if the whole file is
     */
    RuntimeException of(Path file, @Nullable String part, String problem, @Nullable Throwable cause);
}
