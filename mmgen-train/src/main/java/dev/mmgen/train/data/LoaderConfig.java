package dev.mmgen.train.data;

/**
 * How a loader goes through its data set.
 *
 * @param batchSize      samples per batch
 * @param shuffle        a new order in every epoch; else the index's order
 * @param seed           decides the orders
 * @param dropLast       leaves out the samples at an epoch's end that do not fill a batch, as the reference does
 * @param queueCapacity  how many batches wait ready at most
 * @param badSampleLimit how many different samples may be bad before the run fails
 */
public record LoaderConfig(
        int batchSize, boolean shuffle, long seed, boolean dropLast, int queueCapacity, int badSampleLimit) {

    /**
     * @throws IllegalArgumentException if a number is out of range
     */
    public LoaderConfig {
        if (batchSize < 1) {
            throw new IllegalArgumentException("a batch size must be at least 1, not " + batchSize);
        }
        if (queueCapacity < 1 || queueCapacity > 1024) {
            throw new IllegalArgumentException("a loader's queue holds 1 to 1024 batches, not " + queueCapacity);
        }
        if (badSampleLimit < 0) {
            throw new IllegalArgumentException("the limit of bad samples cannot be negative: " + badSampleLimit);
        }
    }

    /**
     * Returns the reference's way: shuffled with seed 0, whole batches only; up to 100 bad samples, 4 batches ahead.
     */
    public static LoaderConfig ofBatch(int batchSize) {
        return new LoaderConfig(batchSize, true, 0, true, 4, 100);
    }

    /** Returns a copy with another seed. */
    public LoaderConfig withSeed(long newSeed) {
        return new LoaderConfig(batchSize, shuffle, newSeed, dropLast, queueCapacity, badSampleLimit);
    }

    /** Returns a copy that keeps the index's order and all samples. */
    public LoaderConfig inOrder() {
        return new LoaderConfig(batchSize, false, seed, false, queueCapacity, badSampleLimit);
    }

    /** Returns a copy with another limit of bad samples. */
    public LoaderConfig withBadSampleLimit(int limit) {
        return new LoaderConfig(batchSize, shuffle, seed, dropLast, queueCapacity, limit);
    }

    /** Returns a copy with another length of the queue. */
    public LoaderConfig withQueueCapacity(int capacity) {
        return new LoaderConfig(batchSize, shuffle, seed, dropLast, capacity, badSampleLimit);
    }
}
