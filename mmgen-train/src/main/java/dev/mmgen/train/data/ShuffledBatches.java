package dev.mmgen.train.data;

import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Batches without end of samples that are known by number: shuffled by seed anew for every epoch, whole batches only, read in
 * the background, a few ahead. A sample that cannot be read ends them. One thread takes batches.
 *
 * <p>The official files are read by {@link DataLoader}, in PyTorch's order and around bad samples.
 *
 * @param <T> what a batch is read into
 */
public final class ShuffledBatches<T> implements BatchOrder, AutoCloseable {

    private static final int AHEAD = 8;
    private static final int READERS = 2;

    private final int samples;
    private final int batchSize;
    private final long seed;
    private final Function<int[], T> reading;
    private final ExecutorService readers = Executors.newFixedThreadPool(
            READERS,
            task -> Thread.ofPlatform().daemon().name("mmgen-batch-reader").unstarted(task));
    private final Deque<Pending<T>> pending = new ArrayDeque<>();
    private LoaderPosition next = LoaderPosition.START;
    private int[] order;

    /** A batch that is being read. */
    private record Pending<T>(LoaderPosition place, Future<T> content) {}

    /**
     * Begins with the first batch.
     *
     * @param samples how many there are
     * @param reading reads the samples of these numbers, 0 to {@code samples - 1}; called by several threads
     * @throws IllegalArgumentException if there are fewer samples than a batch takes
     */
    public ShuffledBatches(int samples, int batchSize, long seed, Function<int[], T> reading) {
        if (batchSize < 1 || batchSize > samples) {
            throw new IllegalArgumentException("batches of " + batchSize + " from " + samples + " samples; a batch may hold at most all of them");
        }
        this.samples = samples;
        this.batchSize = batchSize;
        this.seed = seed;
        this.reading = reading;
        this.order = order(0);
    }

    private int[] order(long epoch) {
        try (Generator generator = Generator.seeded(seed + epoch);
                Tensor drawn = Torch.randperm(generator, samples)) {
            return Arrays.stream(drawn.toLongs()).mapToInt(Math::toIntExact).toArray();
        }
    }

    /**
     * Returns the next batch, waiting for it if need be.
     *
     * @throws DataException if a sample cannot be read
     */
    public T next() {
        while (pending.size() < AHEAD) {
            request();
        }
        try {
            return pending.remove().content.get();
        } catch (ExecutionException e) {
            throw failed(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a batch", e);
        }
    }

    private static RuntimeException failed(@Nullable Throwable cause) {
        return cause instanceof DataException known
                ? new DataException("reading has stopped: " + known.getMessage(), known)
                : new IllegalStateException("reading failed: " + cause, cause);
    }

    private void request() {
        int begin = Math.toIntExact(next.batch() * batchSize);
        int[] places = Arrays.copyOfRange(order, begin, begin + batchSize);
        pending.add(new Pending<>(next, readers.submit(() -> reading.apply(places))));
        LoaderPosition following = next.next(batchesPerEpoch());
        if (following.epoch() != next.epoch()) {
            order = order(following.epoch());
        }
        next = following;
    }

    private long batchesPerEpoch() {
        return samples / batchSize;
    }

    @Override
    public EpochSize epochSize() {
        return new EpochSize(samples, batchSize);
    }

    @Override
    public LoaderPosition position() {
        return pending.isEmpty() ? next : pending.element().place;
    }

    @Override
    public void moveTo(LoaderPosition place) {
        if (place.batch() >= batchesPerEpoch()) {
            throw new IllegalArgumentException("there is no " + place + " in epochs of " + batchesPerEpoch()
                    + " batches; samples or batch size are not those of before");
        }
        pending.forEach(batch -> batch.content.cancel(false));
        pending.clear();
        next = place;
        order = order(place.epoch());
    }

    /** Stops reading. Closing twice has no effect. */
    @Override
    public void close() {
        readers.shutdownNow();
    }
}
