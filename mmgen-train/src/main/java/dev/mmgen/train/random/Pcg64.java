package dev.mmgen.train.random;

/**
 * NumPy's {@code default_rng(seed)}, as far as the colours of segments need it: the generator PCG XSL RR 128/64 (O'Neill,
 * 2014), seeded through NumPy's {@code SeedSequence}. Not thread-safe.
 */
public final class Pcg64 {

    private static final long MULTIPLIER_HIGH = 0x2360ed051fc65da4L;
    private static final long MULTIPLIER_LOW = 0x4385df649fccf645L;

    private final long incrementHigh;
    private final long incrementLow;
    private long high;
    private long low;
    private boolean halfLeft;
    private int half;

    /**
     * @param seed 0 and up
     * @throws IllegalArgumentException if the seed is negative
     */
    public Pcg64(long seed) {
        if (seed < 0) {
            throw new IllegalArgumentException("a seed cannot be negative: " + seed);
        }
        long[] words = SeedSequence.of(seed);
        this.incrementHigh = words[2] << 1 | words[3] >>> 63;
        this.incrementLow = words[3] << 1 | 1;
        step();
        add(words[0], words[1]);
        step();
    }

    private void add(long otherHigh, long otherLow) {
        long sum = low + otherLow;
        high += otherHigh + (Long.compareUnsigned(sum, low) < 0 ? 1 : 0);
        low = sum;
    }

    private void step() {
        high = Math.unsignedMultiplyHigh(low, MULTIPLIER_LOW) + high * MULTIPLIER_LOW + low * MULTIPLIER_HIGH;
        low *= MULTIPLIER_LOW;
        add(incrementHigh, incrementLow);
    }

    /** Returns the next 64 bits. */
    public long next() {
        step();
        return Long.rotateRight(high ^ low, (int) (high >>> 58));
    }

    private int nextInt() {
        if (halfLeft) {
            halfLeft = false;
            return half;
        }
        long both = next();
        halfLeft = true;
        half = (int) (both >>> 32);
        return (int) both;
    }

    /** Draws bytes as {@code integers(0, 256, size=count, dtype=uint8)} does. */
    public byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        int word = 0;
        for (int i = 0; i < count; i++) {
            word = i % Integer.BYTES == 0 ? nextInt() : word >>> 8;
            bytes[i] = (byte) word;
        }
        return bytes;
    }
}
