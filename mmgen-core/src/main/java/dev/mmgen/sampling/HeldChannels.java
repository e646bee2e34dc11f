package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;

/**
 * Channels that stand still at a time of their own while the others are denoised: the conditions of a model that is
 * told one time per modality.
 *
 * @param held   bool, {@code [1, C, 1, 1]}
 * @param values {@code [N, C, h, w]}; read in the held channels only
 */
record HeldChannels(Tensor held, Tensor values) implements Constraint {

    @Override
    public Tensor apply(Tensor state, double time) {
        return held.where(values, state);
    }
}
