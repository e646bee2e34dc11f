package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;

/**
 * A region whose data is known: it walks from its noise to its data along the path, so that the model, which denoises
 * the rest, always sees it at the time it expects (inpainting).
 *
 * @param keep  bool, {@code [1, C, h, w]}
 * @param data  {@code [N, C, h, w]}; read in the region only
 * @param noise {@code [N, C, h, w]}, the same for the whole run
 * @param path  the path from noise to data
 */
record KeptRegion(Tensor keep, Tensor data, Tensor noise, Interpolant path) implements Constraint {

    @Override
    public Tensor apply(Tensor state, double time) {
        return TensorScope.keeping(() -> keep.where(path.mix(data, noise, time), state));
    }
}
