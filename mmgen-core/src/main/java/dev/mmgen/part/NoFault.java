package dev.mmgen.part;

/**
 * An exception that is no fault of the part in which it is thrown: a cancellation, or a bad sample, which the part's contract
 * provides for. A {@link PartCheck} lets it pass as it is.
 */
public interface NoFault {}
