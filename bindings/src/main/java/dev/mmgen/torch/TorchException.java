package dev.mmgen.torch;

import java.io.Serial;

/**
 * An operation that libtorch refused. The message is libtorch's own, without its C++ backtrace.
 */
public final class TorchException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    public TorchException(String message) {
        super(message);
    }

    public TorchException(String message, Throwable cause) {
        super(message, cause);
    }
}
