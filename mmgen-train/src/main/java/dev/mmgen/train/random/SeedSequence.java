package dev.mmgen.train.random;

/** NumPy's hash of a seed into a generator's first state: {@code SeedSequence(seed).generate_state(4, uint64)}. */
final class SeedSequence {

    private static final int POOL = 4;
    private static final int SHIFT = 16;

    private int constant;

    private SeedSequence(int constant) {
        this.constant = constant;
    }

    static long[] of(long seed) {
        int[] pool = pool(seed);
        SeedSequence output = new SeedSequence(0x8b51f9dd);
        long[] words = new long[4];
        for (int i = 0; i < 2 * words.length; i++) {
            long half = output.hash(pool[i % POOL], 0x58f38ded) & 0xffffffffL;
            words[i / 2] |= i % 2 == 0 ? half : half << 32;
        }
        return words;
    }

    private static int[] pool(long seed) {
        SeedSequence input = new SeedSequence(0x43b0d7e5);
        int[] pool = new int[POOL];
        for (int i = 0; i < POOL; i++) {
            pool[i] = input.hash(i == 0 ? (int) seed : i == 1 ? (int) (seed >>> 32) : 0, 0x931e8875);
        }
        for (int source = 0; source < POOL; source++) {
            for (int target = 0; target < POOL; target++) {
                if (source != target) {
                    int mixed = 0xca01f9dd * pool[target] - 0x4973f715 * input.hash(pool[source], 0x931e8875);
                    pool[target] = mixed ^ mixed >>> SHIFT;
                }
            }
        }
        return pool;
    }

    private int hash(int value, int multiplier) {
        int hashed = value ^ constant;
        constant *= multiplier;
        hashed *= constant;
        return hashed ^ hashed >>> SHIFT;
    }
}
