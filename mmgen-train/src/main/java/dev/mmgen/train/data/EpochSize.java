package dev.mmgen.train.data;

/**
 * The size of an epoch. Stored beside a {@link LoaderPosition}, it determines the next samples even if batches have another
 * size when training is resumed.
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
            throw new IllegalArgumentException(
                    "an epoch of " + samples + " samples in batches of " + batchSize + "; both must be at least 1");
        }
    }

    /**
     * Converts a position among epochs of another size: to the same sample of the order or, if no batch begins there, to the
     * batch that holds it.
     *
     * @param place in epochs of the other size
     * @param then  the other size
     * @throws IllegalArgumentException if the place is within an epoch of another number of samples, whose order differs
     */
    public LoaderPosition at(LoaderPosition place, EpochSize then) {
        if (then.equals(this)) {
            return place;
        }
        if (then.samples != samples && place.batch() > 0) {
            throw new IllegalArgumentException(
                    "it was written within an epoch of " + then.samples + " samples, but now there are " + samples
                            + "; train with the same samples, or begin a new training with its weights");
        }
        long batch = Math.multiplyExact(place.batch(), (long) then.batchSize) / batchSize;
        return batch < samples / batchSize
                ? new LoaderPosition(place.epoch(), batch)
                : new LoaderPosition(place.epoch() + 1, 0);
    }
}
