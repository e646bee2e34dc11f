package dev.mmgen.train.data;

import java.util.function.LongFunction;

/**
 * Batches without end of samples that are made from their numbers alone, each once: samples 0 to {@code batchSize - 1}, the
 * next so many, and so on. They are made in the background, a few batches ahead. One thread takes batches.
 *
 * <p>Where samples are few and come again, {@link ShuffledBatches} shuffles them.
 *
 * @param <T> what a batch is made into
 */
public final class EndlessBatches<T> implements BatchOrder, AutoCloseable {

    private final long samples;
    private final int batchSize;
    private final LongFunction<T> making;
    private final ReadAhead<T> ahead;
    private LoaderPosition next = LoaderPosition.START;

    /**
     * Begins with sample 0.
     *
     * @param samples how many numbers there are; after the last whole batch it begins anew
     * @param threads that make batches at once; no sample depends on it
     * @param making  makes the batch that begins with a sample's number; called by several threads
     * @throws IllegalArgumentException if there are fewer samples than a batch takes, or no thread
     */
    public EndlessBatches(long samples, int batchSize, int threads, LongFunction<T> making) {
        if (batchSize < 1 || batchSize > samples || threads < 1) {
            throw new IllegalArgumentException("batches of " + batchSize + " from " + samples + " samples on " + threads
                    + " threads; a batch may hold at most all of them, and it takes a thread");
        }
        this.samples = samples;
        this.batchSize = batchSize;
        this.making = making;
        this.ahead = new ReadAhead<>(threads);
    }

    /**
     * Returns the next batch, waiting for it if need be.
     *
     * @throws DataException if a sample cannot be made
     */
    public T next() {
        while (!ahead.isFull()) {
            long first = next.batch() * batchSize;
            ahead.request(next, () -> making.apply(first));
            next = next.next(samples / batchSize);
        }
        return ahead.take();
    }

    @Override
    public EpochSize epochSize() {
        return new EpochSize(samples, batchSize);
    }

    @Override
    public LoaderPosition position() {
        return ahead.placeOr(next);
    }

    @Override
    public void moveTo(LoaderPosition place) {
        if (place.batch() >= samples / batchSize) {
            throw new IllegalArgumentException(
                    "there is no " + place + " in epochs of " + samples / batchSize + " batches");
        }
        ahead.clear();
        next = place;
    }

    /** Stops making batches. Closing twice has no effect. */
    @Override
    public void close() {
        ahead.close();
    }
}
