package dev.mmgen.model;

/** How the transformer is told the time, which is 0 at data and 1 at noise. */
public enum TimeEmbedding {
    /** One time per sample, {@code [N]}. */
    SHARED,
    /** One time per latent channel, {@code [N, C, 1, 1]}, averaged over each modality: the released models. */
    PER_MODALITY,
    /** One time per latent element, {@code [N, C, h, w]}, embedded like an image of times. */
    PER_ELEMENT
}
