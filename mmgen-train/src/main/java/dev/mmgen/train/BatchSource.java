package dev.mmgen.train;

import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.LoaderPosition;
import dev.mmgen.train.loss.Draws;
import org.jspecify.annotations.Nullable;

/** Batches without end. One thread uses a source. */
public interface BatchSource extends AutoCloseable {

    /**
     * Returns the next batch, waiting for it if need be.
     *
     * @param draws where the source takes random numbers from, such as the draw from an autoencoder's posterior: only so
     *     does a resumed run see what an uninterrupted one would have seen
     */
    TrainingBatch next(Draws draws);

    /** Returns where the next batch stands. */
    LoaderPosition position();

    /**
     * Goes on at another place, one that {@link #position} told.
     *
     * @throws IllegalArgumentException if there is no such place
     */
    void moveTo(LoaderPosition position);

    /** Returns what an epoch is made of; null if a place stays the same however many samples and batches there are. */
    default @Nullable EpochSize epochSize() {
        return null;
    }

    /** Returns how the latents are normalised, for the model that learns from them. */
    default LatentNormalization normalization() {
        return LatentNormalization.STABLE_DIFFUSION;
    }

    /** Frees what the source holds. */
    @Override
    void close();
}
