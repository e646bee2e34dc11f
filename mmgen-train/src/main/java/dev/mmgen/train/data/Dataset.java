package dev.mmgen.train.data;

/** An index and where its samples come from. Closing it closes the source. */
public final class Dataset implements AutoCloseable {

    private final JsonlIndex index;
    private final SampleSource source;
    private final SampleShape shape;

    /**
     * @param source taken over
     * @param shape  that every sample must have
     */
    public Dataset(JsonlIndex index, SampleSource source, SampleShape shape) {
        this.index = index;
        this.source = source;
        this.shape = shape;
    }

    /** Returns how many samples the index lists. */
    public int size() {
        return index.size();
    }

    /** Returns the form of every sample. */
    public SampleShape shape() {
        return shape;
    }

    /** Returns the list of samples. */
    public JsonlIndex index() {
        return index;
    }

    /**
     * Reads one sample.
     *
     * @param place in the index, from 0
     * @throws DataException if it is missing or bad. It is never replaced by another, as the reference does.
     */
    public Sample get(int place) {
        return source.read(index.entries().get(place), shape);
    }

    /**
     * Reads samples from the first on until one is good, so that what is wrong with all of them shows before anything else is
     * made for a training.
     *
     * @param badSampleLimit how many may be bad
     * @throws DataException if more are, or all; the message says what is wrong with the first
     */
    public void requireReadable(int badSampleLimit) {
        DataException first = null;
        int count = (int) Math.min(size(), badSampleLimit + 1L);
        for (int i = 0; i < count; i++) {
            try {
                get(i);
                return;
            } catch (DataException e) {
                first = first == null ? e : first;
            }
        }
        throw new DataException(
                (count == 1 ? "the first sample is bad" : "the first " + count + " samples are all bad")
                        + ", and training needs " + shape + " each; sample 1: "
                        + (first == null ? "" : first.getMessage()),
                first);
    }

    @Override
    public void close() {
        source.close();
    }
}
