package dev.mmgen.train.data;

/**
 * A place in the endless sequence of batches. Stored with a checkpoint, it lets a loader resume exactly there.
 *
 * @param epoch number of epochs before it
 * @param batch within the epoch, from 0
 */
public record LoaderPosition(long epoch, long batch) {

    /** The first batch of the first epoch. */
    public static final LoaderPosition START = new LoaderPosition(0, 0);

    /**
     * @throws IllegalArgumentException if a number is negative
     */
    public LoaderPosition {
        if (epoch < 0 || batch < 0) {
            throw new IllegalArgumentException(
                    "the position of batch " + batch + " in epoch " + epoch + " is negative");
        }
    }

    LoaderPosition next(long batchesPerEpoch) {
        return batch + 1 < batchesPerEpoch ? new LoaderPosition(epoch, batch + 1) : new LoaderPosition(epoch + 1, 0);
    }
}
