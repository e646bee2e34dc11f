package dev.mmgen.train.data;

import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import java.util.Arrays;
import java.util.function.Function;

/**
 * Batches without end of samples that are known by number: shuffled by seed anew for every epoch, whole batches only, read in
 * the background, a few ahead. A sample that cannot be read ends them. One thread takes batches.
 *
 * <p>The official files are read by {@link DataLoader}, in PyTorch's order and around bad samples.
 *
 * @param <T> what a batch is read into
 */
public final class ShuffledBatches<T> implements BatchOrder, AutoCloseable {

    private static final int READERS = 2;

    private final int samples;
    private final int batchSize;
    private final long seed;
    private final Function<int[], T> reading;
    private final ReadAhead<T> ahead = new ReadAhead<>(READERS);
    private LoaderPosition next = LoaderPosition.START;
    private int[] order;

    /**
     * Begins with the first batch.
     *
     * @param samples how many there are
     * @param reading reads the samples of these numbers, 0 to {@code samples - 1}; called by several threads
     * @throws IllegalArgumentException if there are fewer samples than a batch takes
     */
    public ShuffledBatches(int samples, int batchSize, long seed, Function<int[], T> reading) {
        if (batchSize < 1 || batchSize > samples) {
            throw new IllegalArgumentException(
                    "batches of " + batchSize + " from " + samples + " samples; a batch may hold at most all of them");
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
        while (!ahead.isFull()) {
            request();
        }
        return ahead.take();
    }

    private void request() {
        int begin = Math.toIntExact(next.batch() * batchSize);
        int[] places = Arrays.copyOfRange(order, begin, begin + batchSize);
        ahead.request(next, () -> reading.apply(places));
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
        return ahead.placeOr(next);
    }

    @Override
    public void moveTo(LoaderPosition place) {
        if (place.batch() >= batchesPerEpoch()) {
            throw new IllegalArgumentException("there is no " + place + " in epochs of " + batchesPerEpoch()
                    + " batches; samples or batch size are not those of before");
        }
        ahead.clear();
        next = place;
        order = order(place.epoch());
    }

    /** Stops reading. Closing twice has no effect. */
    @Override
    public void close() {
        ahead.close();
    }
}
