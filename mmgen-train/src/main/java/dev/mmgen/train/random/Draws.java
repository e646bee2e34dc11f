package dev.mmgen.train.random;

import dev.mmgen.torch.Tensor;

/**
 * The random numbers of a training step: from a seed, or recorded ones. Tensors are float32 in main memory. One thread
 * uses them.
 */
public interface Draws {

    /** Draws uniformly from [0, 1). */
    Tensor uniform(long... sizes);

    /** Draws from the standard normal distribution. */
    Tensor normal(long... sizes);

    /** Draws whole numbers {@code low <= n < high}. */
    long[] integers(long low, long high, int count);

    /**
     * Draws {@code count} different numbers from 0 to {@code population - 1}, in random order.
     *
     * @param count 0 to {@code population}
     */
    int[] choice(int population, int count);
}
