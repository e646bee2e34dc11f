package dev.mmgen.train.data;

import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;

/**
 * The shuffled orders in which a PyTorch {@code DataLoader} visits samples after {@code torch.manual_seed(seed)}, epoch
 * by epoch, provided that nothing else draws from that generator.
 */
final class EpochOrders implements AutoCloseable {

    private static final long HALF_RANGE = 1L << 62;

    private final int size;
    private final Generator generator;

    EpochOrders(int size, long seed) {
        this.size = size;
        this.generator = Generator.seeded(seed);
    }

    /** Skips epochs. */
    void skip(long epochs) {
        for (long i = 0; i < epochs; i++) {
            drawSeed();
            drawSeed();
        }
    }

    /** Returns the order of the next epoch: PyTorch draws a seed for its workers, then one for the order. */
    int[] next() {
        drawSeed();
        try (Generator shuffling = Generator.seeded(drawSeed());
                Tensor order = Torch.randperm(shuffling, size)) {
            long[] drawn = order.toLongs();
            int[] places = new int[size];
            for (int i = 0; i < size; i++) {
                places[i] = (int) drawn[i];
            }
            return places;
        }
    }

    /** {@code Tensor.random_()} of an int64 takes the lower 63 of 64 random bits, as a range of 2^63 does. */
    private long drawSeed() {
        try (Tensor drawn = Torch.randint(generator, -HALF_RANGE, HALF_RANGE, 1)) {
            return drawn.toLongs()[0] + HALF_RANGE;
        }
    }

    @Override
    public void close() {
        generator.close();
    }
}
