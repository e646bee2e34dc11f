package dev.mmgen.train.data;

/**
 * The settings of a {@link DataLoader}.
 *
 * {@snippet class="dev.mmgen.train.SnippetsTest" region="loader-config"}
 *
 * @param batchSize      samples per batch, at least 1
 * @param shuffle        true for a new order in every epoch, false for the index's order
 * @param seed           of the orders
 * @param dropLast       true to leave out the samples at an epoch's end that do not fill a batch, as the reference does
 * @param queueCapacity  batches that are read ahead at most, 1 to 1024
 * @param badSampleLimit different samples that may be bad before the run fails, at least 0
 */
public record LoaderConfig(
        int batchSize, boolean shuffle, long seed, boolean dropLast, int queueCapacity, int badSampleLimit) {

    /**
     * @throws IllegalArgumentException if a number is out of range
     */
    public LoaderConfig {
        if (batchSize < 1) {
            throw new IllegalArgumentException("setting 'batchSize' is " + batchSize + "; it must be at least 1");
        }
        if (queueCapacity < 1 || queueCapacity > 1024) {
            throw new IllegalArgumentException(
                    "setting 'queueCapacity' is " + queueCapacity + "; it must be from 1 to 1024");
        }
        if (badSampleLimit < 0) {
            throw new IllegalArgumentException(
                    "setting 'badSampleLimit' is " + badSampleLimit + "; it must be at least 0");
        }
    }

    /**
     * Returns the reference's settings: shuffled with seed 0, whole batches only; up to 100 bad samples, 4 batches ahead.
     */
    public static LoaderConfig ofBatch(int batchSize) {
        return new LoaderConfig(batchSize, true, 0, true, 4, 100);
    }

    /** Returns a copy with batches of another size. */
    public LoaderConfig withBatchSize(int size) {
        return new LoaderConfig(size, shuffle, seed, dropLast, queueCapacity, badSampleLimit);
    }

    /** Returns a copy that shuffles, or keeps the index's order. */
    public LoaderConfig withShuffle(boolean shuffled) {
        return new LoaderConfig(batchSize, shuffled, seed, dropLast, queueCapacity, badSampleLimit);
    }

    /** Returns a copy that leaves out, or keeps, an epoch's last samples if they do not fill a batch. */
    public LoaderConfig withDropLast(boolean dropped) {
        return new LoaderConfig(batchSize, shuffle, seed, dropped, queueCapacity, badSampleLimit);
    }

    /** Returns a copy with another seed. */
    public LoaderConfig withSeed(long newSeed) {
        return new LoaderConfig(batchSize, shuffle, newSeed, dropLast, queueCapacity, badSampleLimit);
    }

    /** Returns a copy that keeps the index's order and all samples. */
    public LoaderConfig inOrder() {
        return withShuffle(false).withDropLast(false);
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
