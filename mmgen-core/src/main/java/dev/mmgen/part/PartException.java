package dev.mmgen.part;

/**
 * Thrown where a replaceable part breaks its contract: it failed, or returned null, a wrong shape or type, or numbers that are
 * not finite, or it left a mode of its thread changed. The message names the part by its class; what the part itself threw is the cause. All tensors of the call have
 * been freed.
 */
public final class PartException extends IllegalStateException {

    private static final long serialVersionUID = 1;

    PartException(String message) {
        super(message);
    }

    PartException(String message, Exception cause) {
        super(message, cause);
    }
}
