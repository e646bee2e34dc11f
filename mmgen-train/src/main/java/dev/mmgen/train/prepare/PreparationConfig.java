package dev.mmgen.train.prepare;

/**
 * The settings of a {@link Preparation}.
 *
 * {@snippet class="dev.mmgen.train.SnippetsTest" region="preparation-config"}
 *
 * @param batchSize     images that are encoded at once, 1 to 65536
 * @param readers       threads that read and crop images meanwhile, 1 to 1024
 * @param badImageLimit images that may be unreadable before the run fails, at least 0
 * @param selection     part of the samples; each of several shards is a file of its own
 */
public record PreparationConfig(int batchSize, int readers, int badImageLimit, Selection selection) {

    /**
     * @throws IllegalArgumentException if a number is out of range
     */
    public PreparationConfig {
        if (batchSize < 1 || batchSize > 1 << 16) {
            throw new IllegalArgumentException("setting 'batchSize' is " + batchSize + "; it must be from 1 to 65536");
        }
        if (readers < 1 || readers > 1024) {
            throw new IllegalArgumentException("setting 'readers' is " + readers + "; it must be from 1 to 1024");
        }
        if (badImageLimit < 0) {
            throw new IllegalArgumentException(
                    "setting 'badImageLimit' is " + badImageLimit + "; it must be at least 0");
        }
    }

    /** Returns settings for all samples: two reading threads, up to 100 bad images. */
    public static PreparationConfig of(int batchSize) {
        return new PreparationConfig(batchSize, 2, 100, Selection.ALL);
    }

    /** Returns a copy that encodes another number of images at once. */
    public PreparationConfig withBatchSize(int images) {
        return new PreparationConfig(images, readers, badImageLimit, selection);
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
