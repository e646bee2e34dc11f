package dev.mmgen.model;

/** The form in which a model is told the time, which is 0 at data and 1 at noise; N may be 1 for all samples. */
public enum TimeEmbedding {
    /** One time per sample, {@code [N]}. */
    SHARED,
    /** One time per latent channel, {@code [N, C, 1, 1]}; the embeddings of a modality's channels are averaged. The released models. */
    PER_MODALITY,
    /** One time per latent element, {@code [N, C, h, w]}, embedded like an image of times. */
    PER_ELEMENT
}
