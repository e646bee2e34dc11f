package dev.mmgen.train.data;

import org.jspecify.annotations.Nullable;

/** An endless row of batches that knows where it stands, and can go on from where a checkpoint was written. */
public interface BatchOrder {

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
}
