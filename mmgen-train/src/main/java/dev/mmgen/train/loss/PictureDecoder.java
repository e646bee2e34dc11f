package dev.mmgen.train.loss;

import dev.mmgen.torch.Tensor;

/** The step from a model's latents to pixels, as a loss asks it that compares pictures. Gradients flow through it, to the latents alone. */
@FunctionalInterface
public interface PictureDecoder {

    /**
     * Decodes the latents of one modality.
     *
     * @param latents  normalised as the model's are, float32 {@code [N, C, h, w]}
     * @param modality its slot, from 0
     * @return {@code [N, 3, H, W]}, from about -1 to 1
     */
    Tensor pictures(Tensor latents, int modality);
}
