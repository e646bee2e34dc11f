package dev.mmgen.cli.image;

import java.nio.file.Path;

/**
 * An image to read.
 *
 * @param photo  the file
 * @param series seed and name of the results
 * @param number in the series
 */
record ReadingJob(Path photo, DrawingOptions.Series series, int number) {

    /** The readings of a video's frames that follow each other: those of one folder, seed and number. */
    record Chain(Path folder, long seed, int number) {}

    String key() {
        return series.name(number);
    }

    Chain chain() {
        return new Chain(photo.toAbsolutePath().resolveSibling(""), series.seed(), number);
    }
}
