package dev.mmgen.train.autoencoder;

import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.LoaderPosition;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Batches of images without end, shuffled by seed anew for every epoch, whole batches only. Files are decoded in the
 * background, a few batches ahead. One thread takes batches.
 */
public final class ImageBatches implements AutoCloseable {

    private static final int AHEAD = 8;
    private static final int READERS = 2;

    private final IndexedImages images;
    private final int batchSize;
    private final long seed;
    private final ExecutorService readers;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private LoaderPosition next = LoaderPosition.START;
    private int[] order;

    /** A batch that is being read. */
    private record Pending(LoaderPosition place, int[] places, Future<byte[]> levels) {}

    /**
     * Begins with the first batch.
     *
     * @throws IllegalArgumentException if there are fewer images than a batch takes
     */
    public ImageBatches(IndexedImages images, int batchSize, long seed) {
        if (batchSize < 1 || batchSize > images.size()) {
            throw new IllegalArgumentException("batches of " + batchSize + " from " + images.size() + " images");
        }
        this.images = images;
        this.batchSize = batchSize;
        this.seed = seed;
        this.order = order(0);
        this.readers = Executors.newFixedThreadPool(
                READERS, task -> Thread.ofPlatform().daemon().name("mmgen-image-reader").unstarted(task));
    }

    private int[] order(long epoch) {
        try (Generator generator = Generator.seeded(seed + epoch);
                Tensor drawn = Torch.randperm(generator, images.size())) {
            return Arrays.stream(drawn.toLongs()).mapToInt(Math::toIntExact).toArray();
        }
    }

    /**
     * Returns the next batch, waiting for it if need be.
     *
     * @throws DataException if an image cannot be read
     */
    public ImageBatch next() {
        while (pending.size() < AHEAD) {
            request();
        }
        Pending first = pending.remove();
        try {
            return images.batch(first.places, first.levels.get());
        } catch (ExecutionException e) {
            throw failed(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for images", e);
        }
    }

    private static RuntimeException failed(@Nullable Throwable cause) {
        return cause instanceof DataException known
                ? new DataException("reading images has stopped: " + known.getMessage(), known)
                : new IllegalStateException("reading images failed: " + cause, cause);
    }

    private void request() {
        int begin = Math.toIntExact(next.batch() * batchSize);
        int[] places = Arrays.copyOfRange(order, begin, begin + batchSize);
        pending.add(new Pending(next, places, readers.submit(() -> images.levels(places))));
        if (next.batch() + 1 < batchesPerEpoch()) {
            next = new LoaderPosition(next.epoch(), next.batch() + 1);
        } else {
            next = new LoaderPosition(next.epoch() + 1, 0);
            order = order(next.epoch());
        }
    }

    private long batchesPerEpoch() {
        return images.size() / batchSize;
    }

    /** Returns the images. */
    public IndexedImages images() {
        return images;
    }

    /** Returns where the next batch stands. */
    public LoaderPosition position() {
        return pending.isEmpty() ? next : pending.element().place;
    }

    /**
     * Goes on at another place, one that {@link #position} told.
     *
     * @throws IllegalArgumentException if there is no such place
     */
    public void moveTo(LoaderPosition place) {
        if (place.batch() >= batchesPerEpoch()) {
            throw new IllegalArgumentException("there is no " + place + " in epochs of " + batchesPerEpoch()
                    + " batches; images or batch size are not those of before");
        }
        pending.forEach(batch -> batch.levels.cancel(false));
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
