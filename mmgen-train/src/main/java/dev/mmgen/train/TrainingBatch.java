package dev.mmgen.train;

import dev.mmgen.torch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Samples to train on. The tensors belong to the scope in which the batch was asked for.
 *
 * @param latents  scaled, {@code [N, M * C, h, w]}
 * @param labels   class ids, int64 {@code [N]}
 * @param features of an image encoder, {@code [N, T, width]}, for representation alignment; null where there are none
 */
public record TrainingBatch(
        Tensor latents, Tensor labels, @Nullable Tensor features) {}
