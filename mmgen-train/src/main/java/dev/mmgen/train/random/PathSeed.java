package dev.mmgen.train.random;

import java.nio.charset.StandardCharsets;

/**
 * The seed of an image, hashed from its path, so that its colours depend neither on the order of work nor on shards:
 * {@code (base + BLAKE2s-32(path)) mod 2^32} ({@code image_seed} in {@code data/preprocess_mask.py}).
 */
public final class PathSeed {

    private PathSeed() {}

    /**
     * Returns the seed of an image.
     *
     * @param base         the seed of the whole data set, 0 and up
     * @param relativePath from the folder of images, with "/" between names
     * @return 0 to 2^32 - 1
     */
    public static long of(long base, String relativePath) {
        if (base < 0) {
            throw new IllegalArgumentException("a seed cannot be negative: " + base);
        }
        byte[] digest = Blake2s.digest(relativePath.getBytes(StandardCharsets.UTF_8), Integer.BYTES);
        long number = 0;
        for (byte b : digest) {
            number = (number << 8) | (b & 0xff);
        }
        return (base + number) & 0xffffffffL;
    }
}
