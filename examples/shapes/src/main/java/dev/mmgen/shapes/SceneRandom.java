package dev.mmgen.shapes;

import java.util.List;

/** A generator of random numbers that is the same on every machine and Java: SplitMix64 (Steele, Lea and Flood, 2014). */
final class SceneRandom {

    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private long state;

    SceneRandom(long seed) {
        // Neighbouring seeds would otherwise begin one gamma apart only where they are multiples of it.
        state = mix(seed);
    }

    private static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    private long next() {
        state += GOLDEN_GAMMA;
        return mix(state);
    }

    /** Returns a number from {@code from} up to, but without, {@code to}. */
    double between(double from, double to) {
        return from + (to - from) * ((next() >>> 11) * 0x1p-53);
    }

    /** Returns 0 to {@code bound - 1}. */
    int below(int bound) {
        return (int) between(0, bound);
    }

    /** Returns true with this probability. */
    boolean chance(double probability) {
        return between(0, 1) < probability;
    }

    <T> T pick(List<T> choices) {
        return choices.get(below(choices.size()));
    }
}
