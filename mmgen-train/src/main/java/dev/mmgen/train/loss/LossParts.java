package dev.mmgen.train.loss;

import dev.mmgen.torch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The loss of a batch. The tensors belong to the scope in which it was made.
 *
 * @param total       what to minimise, a scalar that gradients flow from
 * @param velocity    the weighted sum over modalities, a scalar
 * @param perModality the mean squared velocity error of each modality over its supervised samples, float32 {@code [M]};
 *                    0 where there are none
 * @param supervised  in how many samples each modality was supervised
 * @param alignment   minus the mean cosine similarity, a scalar; null in a step without alignment
 */
public record LossParts(
        Tensor total,
        Tensor velocity,
        Tensor perModality,
        int[] supervised,
        @Nullable Tensor alignment) {}
