package dev.mmgen.torch.distributed;

import java.io.Serial;

/**
 * A group of processes that could not be made, or that has broken. The message names this rank, the ranks at fault with their
 * reasons where they gave any, and the remedy. A group that threw this during an exchange is of no more use.
 */
public final class ProcessGroupException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    public ProcessGroupException(String message) {
        super(message);
    }

    public ProcessGroupException(String message, Throwable cause) {
        super(message, cause);
    }
}
