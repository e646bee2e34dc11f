package dev.mmgen.train.loss;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The loss of a batch. The tensors belong to the scope in which it was made. All numbers are finite.
 *
 * @param total       what to minimise, a scalar that gradients flow from
 * @param velocity    the weighted sum over modalities, a scalar
 * @param perModality the mean error of each modality over its supervised samples, float32 {@code [M]}; 0 where there are none
 * @param supervised  in how many samples each modality was supervised, M numbers from 0 to the batch's samples
 * @param alignment   minus the mean cosine similarity, a scalar; null in a step without alignment
 */
public record LossTerms(
        Tensor total,
        Tensor velocity,
        Tensor perModality,
        int[] supervised,
        @Nullable Tensor alignment) {

    /**
     * Returns the terms of a loss without alignment that supervises every modality of every sample.
     *
     * @param total       what to minimise, a scalar
     * @param perModality the mean error of each modality, {@code [M]}
     * @param samples     of the batch
     */
    public static LossTerms of(Tensor total, Tensor perModality, int samples) {
        int[] supervised = new int[Math.toIntExact(perModality.elements())];
        Arrays.fill(supervised, samples);
        return new LossTerms(total, total, perModality, supervised, null);
    }

    /** Computes terms in a scope of their own, and keeps nothing else of it. */
    static LossTerms keeping(Supplier<LossTerms> computation) {
        try (TensorScope scope = TensorScope.open()) {
            LossTerms terms = computation.get();
            scope.keep(terms.total);
            scope.keep(terms.velocity);
            scope.keep(terms.perModality);
            if (terms.alignment != null) {
                scope.keep(terms.alignment);
            }
            return terms;
        }
    }

    /** Returns the same terms with another number of supervised samples per modality. */
    public LossTerms withSupervised(int[] samples) {
        return new LossTerms(total, velocity, perModality, samples, alignment);
    }
}
