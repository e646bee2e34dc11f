package dev.mmgen.train.data;

import dev.mmgen.torch.Torch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * A reader of batches in the background, without end, epoch after epoch.
 *
 * <p>The order depends on the seed alone and is PyTorch's, so a loader that starts at the {@link #position} of another
 * gives the same batches. A sample that cannot be read leaves its batch one sample smaller; it is logged, counted and
 * never replaced, and too many of them end the run.
 *
 * <p>One thread takes batches, and closes them. The data set stays open when the loader closes. A source that encodes may
 * use as many threads for an operator as the thread that started the loader.
 */
public final class DataLoader implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(DataLoader.class.getName());

    /** The wait for a sample that is being read, before the reading thread is interrupted. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** The longest wait of closing for the reading thread. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final Dataset data;
    private final LoaderConfig config;
    private final BatchShare share;
    private final long batchesPerEpoch;
    private final BlockingQueue<Delivery> queue;
    private final Map<String, String> badSamples = new ConcurrentSkipListMap<>();
    private final Thread reader;
    private volatile boolean closed;
    private LoaderPosition position;
    private long waitedNanos;
    private @Nullable Throwable failure;

    /** A batch from the reading thread, or the reason why there are no more. */
    private record Delivery(
            @Nullable PosteriorBatch batch, @Nullable Throwable failure) {
        void discard() {
            if (batch != null) {
                batch.close();
            }
        }
    }

    private DataLoader(Dataset data, LoaderConfig config, LoaderPosition start, BatchShare share) {
        this.data = data;
        this.config = config;
        this.share = share;
        long whole = data.size() / config.batchSize();
        boolean rest = data.size() % config.batchSize() != 0 && !config.dropLast();
        this.batchesPerEpoch = rest ? whole + 1 : whole;
        if (batchesPerEpoch == 0) {
            throw new IllegalArgumentException("a batch of " + config.batchSize() + " does not fit into " + data.size()
                    + " samples; set 'batchSize' to at most " + data.size());
        }
        if (start.batch() >= batchesPerEpoch) {
            throw new IllegalArgumentException("cannot resume at batch " + start.batch() + " of an epoch of "
                    + batchesPerEpoch + "; the data set or the batch size has changed");
        }
        this.position = start;
        this.queue = new ArrayBlockingQueue<>(config.queueCapacity());
        int threads = Torch.threads();
        this.reader = new Thread(() -> run(start, threads), "mmgen-data-loader");
        reader.setDaemon(true);
    }

    /** Begins to read at the first batch. */
    public static DataLoader start(Dataset data, LoaderConfig config) {
        return start(data, config, LoaderPosition.START);
    }

    /**
     * Begins to read at a position that {@link #position} returned.
     *
     * @param data stays the caller's; close it after the loader
     * @throws IllegalArgumentException if there is no whole batch, or no such position
     */
    public static DataLoader start(Dataset data, LoaderConfig config, LoaderPosition start) {
        return start(data, config, start, BatchShare.ALL);
    }

    /** Begins to read a share of the batches at a position. */
    public static DataLoader start(Dataset data, LoaderConfig config, LoaderPosition start, BatchShare share) {
        DataLoader loader = new DataLoader(data, config, start, share);
        loader.reader.start();
        return loader;
    }

    /**
     * Returns the next batch, which the caller closes. Waits until it has been read.
     *
     * @throws DataException if more samples are bad than the limit allows
     * @throws IllegalStateException if the loader is closed
     */
    public PosteriorBatch next() {
        if (closed) {
            throw new IllegalStateException("this DataLoader is closed");
        }
        if (failure != null) {
            throw failed(failure);
        }
        Delivery delivery = take();
        PosteriorBatch batch = delivery.batch();
        if (batch == null) {
            failure = delivery.failure();
            throw failed(failure);
        }
        LoaderPosition behind = batch.position();
        for (int rank = share.rank(); rank < share.size(); rank++) {
            behind = behind.next(batchesPerEpoch);
        }
        position = behind;
        return batch;
    }

    private Delivery take() {
        long start = System.nanoTime();
        try {
            return queue.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a batch", e);
        } finally {
            waitedNanos += System.nanoTime() - start;
        }
    }

    private static RuntimeException failed(@Nullable Throwable failure) {
        return failure instanceof DataException known
                ? new DataException("reading has stopped: " + known.getMessage(), known)
                : new IllegalStateException("reading training data failed: " + described(failure), failure);
    }

    /** An error carries the name of the part that it came from as a suppressed exception. */
    private static String described(@Nullable Throwable failure) {
        return failure instanceof Error error && error.getSuppressed().length > 0
                ? error.getSuppressed()[0].getMessage() + ": " + error
                : String.valueOf(failure);
    }

    /** Returns the position of the next batch; store it with a checkpoint. */
    public LoaderPosition position() {
        return position;
    }

    /** Returns the number of batches in an epoch. */
    public long batchesPerEpoch() {
        return batchesPerEpoch;
    }

    /** Returns the time that {@link #next} has waited for batches in all. */
    public Duration waited() {
        return Duration.ofNanos(waitedNanos);
    }

    /** Returns the samples that could not be read so far, by key, with the reasons. */
    public Map<String, String> badSamples() {
        return Collections.unmodifiableMap(badSamples);
    }

    private void run(LoaderPosition start, int threads) {
        try (EpochOrders orders = new EpochOrders(data.size(), config.seed())) {
            // Else a new thread has the number that any other set last, and the last bits of what it encodes depend on
            // that.
            Torch.setThreads(threads);
            if (config.shuffle()) {
                orders.skip(start.epoch());
            }
            LoaderPosition next = start;
            int[] order = order(orders);
            long emptyInARow = 0;
            for (long number = 0; !closed; number++) {
                boolean own = number % share.size() == share.rank();
                PosteriorBatch batch = own ? read(next, order) : null;
                if (batch != null) {
                    hand(new Delivery(batch, null));
                }
                emptyInARow = batch == null && own ? emptyInARow + 1 : 0;
                if (emptyInARow > batchesPerEpoch) {
                    throw new DataException("no sample of the data set can be read; see the log for the reasons");
                }
                if (emptyInARow > 0 && share.size() > 1 && !closed) {
                    throw new DataException(
                            "no sample of " + next + " can be read, and the other processes would not know"
                                    + " that it is left out; see the log for the reasons");
                }
                LoaderPosition following = next.next(batchesPerEpoch);
                if (following.epoch() != next.epoch()) {
                    order = order(orders);
                }
                next = following;
            }
        } catch (Throwable e) {
            hand(new Delivery(null, e));
        }
    }

    private int[] order(EpochOrders orders) {
        if (config.shuffle()) {
            return orders.next();
        }
        int[] order = new int[data.size()];
        Arrays.setAll(order, i -> i);
        return order;
    }

    private @Nullable PosteriorBatch read(LoaderPosition place, int[] order) {
        int begin = Math.toIntExact(place.batch() * config.batchSize());
        int end = Math.min(begin + config.batchSize(), order.length);
        List<Sample> samples = new ArrayList<>(config.batchSize());
        for (int i = begin; i < end && !closed; i++) {
            try {
                samples.add(data.get(order[i]));
            } catch (DataException e) {
                reject(data.index().entries().get(order[i]), e);
            } finally {
                // A source that leaves its thread interrupted would keep the loader from handing the batch over.
                Thread.interrupted();
            }
        }
        return samples.isEmpty() || closed ? null : PosteriorBatch.of(place, samples, data.shape());
    }

    private void reject(IndexEntry entry, DataException reason) {
        if (badSamples.putIfAbsent(entry.key(), String.valueOf(reason.getMessage())) != null) {
            return;
        }
        LOG.log(
                System.Logger.Level.WARNING,
                "left out sample ''{0}'' (bad sample number {1}): {2}",
                entry.key(),
                badSamples.size(),
                reason.getMessage());
        if (badSamples.size() > config.badSampleLimit()) {
            throw new DataException(
                    badSamples.size() + " samples cannot be read, over the limit of " + config.badSampleLimit()
                            + "; the last one: " + reason.getMessage(),
                    reason);
        }
    }

    private void hand(Delivery delivery) {
        Delivery next = delivery;
        while (!closed) {
            try {
                queue.put(next);
                if (closed) { // and nobody empties the queue any more
                    discardQueue();
                }
                return;
            } catch (InterruptedException e) {
                next.discard();
                next = new Delivery(
                        null,
                        new IllegalStateException(
                                "the thread that reads from " + data.sourceName() + " was interrupted", e));
            }
        }
        next.discard();
    }

    /**
     * Stops reading and frees the batches that nobody took. Waits for the sample that is being read; after 2 seconds the
     * reading thread is interrupted. Closing twice has no effect.
     *
     * @throws IllegalStateException if the source does not come back within 30 seconds; the message names its class. The
     *     reading thread ends when it does
     */
    @Override
    public void close() {
        closed = true;
        boolean interrupted = false;
        long began = System.nanoTime();
        boolean asked = false;
        while (reader.isAlive() && System.nanoTime() - began < LONGEST_WAIT.toNanos()) {
            discardQueue();
            // Not at once: an interrupt closes the file that is being read, and another loader may go on with it.
            if (!asked && System.nanoTime() - began > PATIENCE.toNanos()) {
                reader.interrupt();
                asked = true;
            }
            try {
                reader.join(10);
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        discardQueue();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (reader.isAlive()) {
            throw new IllegalStateException(data.sourceName() + " has not come back from read for "
                    + LONGEST_WAIT.toSeconds() + " s, although its thread was interrupted; let it end then");
        }
    }

    private void discardQueue() {
        for (Delivery left = queue.poll(); left != null; left = queue.poll()) {
            left.discard();
        }
    }
}
