package dev.mmgen.train.loss;

import dev.mmgen.torch.Tensor;

/**
 * Where the loss takes its random numbers from: a seed, or numbers that were recorded. Tensors are float32 in main
 * memory.
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
