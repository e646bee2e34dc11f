package dev.mmgen.train.prepare;

/**
 * How images are worked through.
 *
 * @param batchSize     images that are encoded at once
 * @param readers       threads that read and crop images meanwhile
 * @param badImageLimit how many images may be unreadable before the run fails
 * @param selection     which samples; of several shards, each writes a file of its own
 */
public record PreparationConfig(int batchSize, int readers, int badImageLimit, Selection selection) {

    /**
     * @throws IllegalArgumentException if a number is out of range
     */
    public PreparationConfig {
        if (batchSize < 1 || batchSize > 1 << 16) {
            throw new IllegalArgumentException("images are encoded 1 to 65536 at once, not " + batchSize);
        }
        if (readers < 1 || readers > 1024) {
            throw new IllegalArgumentException("images are read by 1 to 1024 threads, not " + readers);
        }
        if (badImageLimit < 0) {
            throw new IllegalArgumentException("the limit of bad images cannot be negative: " + badImageLimit);
        }
    }

    /** Returns settings for everything at once: two threads that read, up to 100 bad images. */
    public static PreparationConfig of(int batchSize) {
        return new PreparationConfig(batchSize, 2, 100, Selection.ALL);
    }

    /** Returns a copy with another number of reading threads. */
    public PreparationConfig withReaders(int threads) {
        return new PreparationConfig(batchSize, threads, badImageLimit, selection);
    }

    /** Returns a copy with another limit of bad images. */
    public PreparationConfig withBadImageLimit(int limit) {
        return new PreparationConfig(batchSize, readers, limit, selection);
    }

    /** Returns a copy for a part of the samples. */
    public PreparationConfig withSelection(Selection part) {
        return new PreparationConfig(batchSize, readers, badImageLimit, part);
    }
}
