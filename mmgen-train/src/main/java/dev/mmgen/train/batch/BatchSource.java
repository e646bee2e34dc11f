package dev.mmgen.train.batch;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.train.data.BatchOrder;
import dev.mmgen.train.data.BatchShare;
import dev.mmgen.train.random.Draws;

/**
 * Batches without end, and open: a program may bring a source of its own. A source is used by one thread at a time. An
 * exception, a null or a batch of another shape ends the step with a message that names the source's class.
 *
 * <p>A training is resumed exactly if {@link #next} depends on the {@linkplain #position position} and on the draws alone.
 */
public interface BatchSource extends BatchOrder, AutoCloseable {

    /**
     * Returns the next batch, waiting for it if need be. Its tensors belong to the current scope; of tensors that the source
     * keeps for itself it returns the {@link dev.mmgen.torch.Tensor#detach}, and nobody else closes them.
     *
     * @param draws where the source takes random numbers from, such as the draw from an autoencoder's posterior: only so
     *     does a resumed run see what an uninterrupted one would have seen
     * @return the {@linkplain dev.mmgen.train.data.EpochSize#batchSize usual number} of samples or fewer, latents of the
     *     model's shape, float32, finite, in the main memory
     */
    TrainingBatch next(Draws draws);

    /**
     * Takes a share of the batches, from where the source stands: {@link #next} then returns only those, and {@link #position} is
     * behind those of all processes. So a source that reads need not read what others take.
     *
     * @return false where the source goes on with all batches, as it does unless it says otherwise: the trainer draws them and
     *     drops those of other processes
     */
    default boolean share(BatchShare share) {
        return false;
    }

    /** Returns a text that is the same for the same samples, to be compared between processes; empty where there is none. */
    default String fingerprint() {
        return "";
    }

    /** Returns how the latents are normalised, for the model that learns from them. */
    default LatentNormalization normalization() {
        return LatentNormalization.STABLE_DIFFUSION;
    }

    /** Frees what the source holds. Closing twice has no effect. */
    @Override
    void close();
}
