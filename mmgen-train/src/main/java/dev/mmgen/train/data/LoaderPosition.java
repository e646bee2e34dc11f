package dev.mmgen.train.data;

/**
 * A place in the endless row of batches. Stored with a checkpoint, it lets a loader go on exactly there.
 *
 * @param epoch how often the whole data set has been gone through
 * @param batch within the epoch, from 0
 */
public record LoaderPosition(long epoch, long batch) {

    /** The very first batch. */
    public static final LoaderPosition START = new LoaderPosition(0, 0);

    /**
     * @throws IllegalArgumentException if a number is negative
     */
    public LoaderPosition {
        if (epoch < 0 || batch < 0) {
            throw new IllegalArgumentException("a position cannot be negative: epoch " + epoch + ", batch " + batch);
        }
    }

    LoaderPosition next(long batchesPerEpoch) {
        return batch + 1 < batchesPerEpoch ? new LoaderPosition(epoch, batch + 1) : new LoaderPosition(epoch + 1, 0);
    }
}
