package dev.mmgen.train.data;

/**
 * A source of training samples: files made before ({@link dev.mmgen.train.hdf5.PrecomputedSource}), images encoded on the fly
 * ({@link ImageSource}), or a part of your own, such as samples made in memory.
 *
 * {@snippet class="dev.mmgen.train.SnippetsTest" region="sample-source"}
 *
 * <p>Calls come one at a time, but from different threads: that of the program, and the reading thread of a {@link
 * DataLoader}. A source with tensors of its own must not leave them in a scope of the calling thread.
 *
 * <p>A {@link Dataset} checks what a source returns, and names the source's class where this contract is broken.
 */
public interface SampleSource extends AutoCloseable {

    /**
     * Returns a sample; the same entry gives the same numbers every time.
     *
     * @param entry one of the index
     * @param shape that the sample must have: {@code shape.modalities()} posteriors {@code [channels, height, width, 2]},
     *     float32, each element its mean and its standard deviation (at least 0), unscaled, all finite; and features
     *     {@code [tokens, featureWidth]}, float32, finite, if {@code shape.hasFeatures()}
     * @throws DataException if the sample is missing or damaged. It is left out, logged and counted; any other exception
     *     ends the reading
     */
    Sample read(IndexEntry entry, SampleShape shape);

    /** Closes files and frees what the source owns. Closing twice has no effect. */
    @Override
    void close();
}
