package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a modality before sampling.
 *
 * @param latent {@code [N, C, h, w]}, or one for all samples, {@code [1, C, h, w]}; scaled as the model's latents are
 * @param keep   where it is known: {@code [h, w]}, 1 to keep and 0 to draw anew; null: the whole modality is the
 *               condition
 */
public record KnownLatent(Tensor latent, @Nullable Tensor keep) {}
