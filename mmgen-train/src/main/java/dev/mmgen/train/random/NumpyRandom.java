package dev.mmgen.train.random;

import java.util.Arrays;

/**
 * NumPy's legacy generator ({@code numpy.random.RandomState}), as far as the reference's loss uses it: the Mersenne
 * Twister MT19937 (Matsumoto and Nishimura, 1998) and choice without replacement. Not thread-safe.
 */
public final class NumpyRandom {

    private static final int SIZE = 624;
    private static final int SHIFT = 397;
    private static final int TWIST = 0x9908b0df;
    private static final int HIGH_BIT = 0x80000000;
    private static final int LOW_BITS = 0x7fffffff;

    private final int[] state = new int[SIZE];
    private int place = SIZE;

    /** Seeds the generator as {@code numpy.random.seed} does with a number of 32 bits. */
    public NumpyRandom(int seed) {
        state[0] = seed;
        for (int i = 1; i < SIZE; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ state[i - 1] >>> 30) + i;
        }
    }

    /**
     * Draws different numbers as {@code choice(population, count, replace=False)} does: the first ones of a shuffled range.
     *
     * @return numbers from 0 to {@code population - 1}
     * @throws IllegalArgumentException if there are fewer numbers than are to be drawn
     */
    public int[] choice(int population, int count) {
        if (population < 1 || count < 0 || count > population) {
            throw new IllegalArgumentException("cannot choose " + count + " different numbers out of " + population);
        }
        int[] order = new int[population];
        Arrays.setAll(order, i -> i);
        for (int last = population - 1; last > 0; last--) {
            int other = upTo(last);
            int moved = order[last];
            order[last] = order[other];
            order[other] = moved;
        }
        return Arrays.copyOf(order, count);
    }

    /** Draws from 0 to {@code limit}, both included, by rejection: bits above the limit are drawn again. */
    private int upTo(int limit) {
        int mask = -1 >>> Integer.numberOfLeadingZeros(limit);
        while (true) {
            int drawn = next() & mask;
            if (drawn <= limit) {
                return drawn;
            }
        }
    }

    private int next() {
        if (place == SIZE) {
            twist();
            place = 0;
        }
        int word = state[place++];
        word ^= word >>> 11;
        word ^= word << 7 & 0x9d2c5680;
        word ^= word << 15 & 0xefc60000;
        return word ^ word >>> 18;
    }

    private void twist() {
        for (int i = 0; i < SIZE; i++) {
            int joined = state[i] & HIGH_BIT | state[(i + 1) % SIZE] & LOW_BITS;
            state[i] = state[(i + SHIFT) % SIZE] ^ joined >>> 1 ^ ((joined & 1) == 0 ? 0 : TWIST);
        }
    }
}
