package dev.mmgen.train.data;

/**
 * What an epoch is made of. Stored beside a {@link LoaderPosition}, it tells which samples come next even if batches have
 * another size by then.
 *
 * @param samples   in the index
 * @param batchSize samples per batch
 */
public record EpochSize(long samples, int batchSize) {

    /**
     * @throws IllegalArgumentException if a number is not positive
     */
    public EpochSize {
        if (samples < 1 || batchSize < 1) {
            throw new IllegalArgumentException("an epoch of " + samples + " samples in batches of " + batchSize);
        }
    }

    /**
     * Returns where epochs of this size stand at a place that was told of others: at the same sample of the order or, if no
     * batch begins there, at the batch that holds it.
     *
     * @param then what the epochs were made of in which the place was told
     * @throws IllegalArgumentException if the place is within an epoch of another number of samples, whose order is another
     */
    public LoaderPosition at(LoaderPosition place, EpochSize then) {
        if (then.equals(this)) {
            return place;
        }
        if (then.samples != samples && place.batch() > 0) {
            throw new IllegalArgumentException(
                    "it was written within an epoch of " + then.samples + " samples, but now there are " + samples
                            + "; train with the samples of before, or begin a new training with its weights");
        }
        long batch = Math.multiplyExact(place.batch(), (long) then.batchSize) / batchSize;
        return batch < samples / batchSize
                ? new LoaderPosition(place.epoch(), batch)
                : new LoaderPosition(place.epoch() + 1, 0);
    }
}
