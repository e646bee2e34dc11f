package dev.mmgen.torch;

import java.io.Serial;

/**
 * libtorch could not be found, extracted or loaded. The message names the folder, library or setting and what to do.
 */
public final class LibtorchException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    public LibtorchException(String message) {
        super(message);
    }

    public LibtorchException(String message, Throwable cause) {
        super(message, cause);
    }
}
