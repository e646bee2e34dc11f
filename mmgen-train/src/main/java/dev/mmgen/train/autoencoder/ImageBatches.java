package dev.mmgen.train.autoencoder;

import dev.mmgen.train.data.BatchOrder;
import dev.mmgen.train.data.BatchShare;
import java.util.List;

/**
 * Batches of images without end to train an autoencoder on, and open: those of an index ({@link IndexedImages#batches}), or a
 * source of your own, such as images drawn in memory. One thread takes batches.
 *
 * <p>A training is resumed exactly if {@link #next} depends on the {@linkplain #position position} alone.
 */
public interface ImageBatches extends BatchOrder, AutoCloseable {

    /** Returns the names of the modalities, in the order of their numbers in a batch. */
    List<String> modalities();

    /**
     * Returns the next batch, waiting for it if need be. Its tensor belongs to the current scope.
     *
     * @throws dev.mmgen.train.data.DataException if there is none
     */
    ImageBatch next();

    /**
     * Takes a share, from where the batches stand: of each, {@link #next} returns the part of one rank alone, of {@code size} equal
     * parts. So a source that reads need not read what others take.
     *
     * @return false where {@link #next} goes on with whole batches, as it does unless it says otherwise: the trainer cuts them
     */
    default boolean share(BatchShare share) {
        return false;
    }

    /** Stops making batches. Closing twice has no effect. */
    @Override
    void close();
}
