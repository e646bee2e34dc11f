package dev.mmgen.train.data;

import dev.mmgen.train.hdf5.PrecomputedSource;

/** Where samples come from: files made before, or images encoded on the fly. */
public sealed interface SampleSource extends AutoCloseable permits PrecomputedSource, ImageSource {

    /**
     * Returns a sample of exactly this shape, all values finite.
     *
     * @throws DataException if it is missing or bad; the message says why
     */
    Sample read(IndexEntry entry, SampleShape shape);

    /** Closes the files. */
    @Override
    void close();
}
