package dev.mmgen.sampling;

/**
 * Thrown out of a run whose sampler, interpolant, velocity model or noise source broke its contract. The message names the part
 * by its class; what the part itself threw is the cause. Everything the run held has been freed.
 */
public final class PartException extends RuntimeException {

    private static final long serialVersionUID = 1;

    PartException(String message) {
        super(message);
    }

    PartException(String message, RuntimeException cause) {
        super(message, cause);
    }
}
