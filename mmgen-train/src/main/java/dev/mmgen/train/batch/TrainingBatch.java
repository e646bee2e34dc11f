package dev.mmgen.train.batch;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * Samples to train on. The tensors belong to the scope in which the batch was made, or, after {@link #unscoped}, to whoever
 * closes it.
 *
 * @param latents  normalised, float32 {@code [N, M * C, h, w]}
 * @param labels   class ids, int64 {@code [N]}
 * @param features of an image encoder, {@code [N, T, width]}, for representation alignment; null where there are none
 * @param validity how much of each latent is known, float32 {@code [N, M, h, w]} from 0 to 1: what is unknown is kept out of the
 *                 loss, and a modality of which a sample knows nothing is no condition in it; null where all is known
 */
public record TrainingBatch(
        Tensor latents,
        Tensor labels,
        @Nullable Tensor features,
        @Nullable Tensor validity) implements AutoCloseable {

    /**
     * Checks the shapes.
     *
     * @throws IllegalArgumentException if a tensor has another rank or type, or they are of different numbers of samples
     */
    public TrainingBatch {
        if (latents.rank() != 4 || !latents.dtype().isFloatingPoint()) {
            throw new IllegalArgumentException("latents of shape " + latents.shape() + " and type " + latents.dtype()
                    + "; they must be floats [N, M * C, h, w]");
        }
        if (labels.rank() != 1 || labels.dtype() != DType.INT64) {
            throw new IllegalArgumentException(
                    "labels of shape " + labels.shape() + " and type " + labels.dtype() + "; they must be int64 [N]");
        }
        if (features != null && features.rank() != 3) {
            throw new IllegalArgumentException(
                    "features of shape " + features.shape() + "; they must be floats [N, T, width]");
        }
        if (validity != null && (validity.rank() != 4 || validity.size(0) != latents.size(0))) {
            throw new IllegalArgumentException("validity of shape " + validity.shape() + " for latents of shape "
                    + latents.shape() + "; it must be floats [N, M, h, w]");
        }
        long samples = latents.size(0);
        if (labels.size(0) != samples || features != null && features.size(0) != samples) {
            String others = features == null ? "" : " and " + features.size(0) + " features";
            throw new IllegalArgumentException("a batch of " + samples + " latents, " + labels.size(0) + " labels"
                    + others + "; there must be as many of each");
        }
    }

    /** A batch of which everything is known. */
    public TrainingBatch(Tensor latents, Tensor labels, @Nullable Tensor features) {
        this(latents, labels, features, null);
    }

    /** A batch without features. */
    public TrainingBatch(Tensor latents, Tensor labels) {
        this(latents, labels, null, null);
    }

    /** Returns the number of samples. */
    public int samples() {
        return Math.toIntExact(latents.size(0));
    }

    /** Takes the tensors out of their scopes: any thread may use them then, and somebody must {@link #close} them. */
    public TrainingBatch unscoped() {
        latents.unscoped();
        labels.unscoped();
        if (features != null) {
            features.unscoped();
        }
        if (validity != null) {
            validity.unscoped();
        }
        return this;
    }

    /** Keeps the tensors beyond the end of a scope. */
    public TrainingBatch keepFrom(TensorScope scope) {
        scope.keep(latents);
        scope.keep(labels);
        if (features != null) {
            scope.keep(features);
        }
        if (validity != null) {
            scope.keep(validity);
        }
        return this;
    }

    /** Returns the samples at some places of this batch, int64 {@code [n]}. */
    public TrainingBatch select(Tensor places) {
        return new TrainingBatch(
                latents.indexSelect(0, places),
                labels.indexSelect(0, places),
                features == null ? null : features.indexSelect(0, places),
                validity == null ? null : validity.indexSelect(0, places));
    }

    /** Frees the tensors. Closing twice has no effect. */
    @Override
    public void close() {
        latents.close();
        labels.close();
        if (features != null) {
            features.close();
        }
        if (validity != null) {
            validity.close();
        }
    }
}
