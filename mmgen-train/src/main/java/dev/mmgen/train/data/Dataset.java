package dev.mmgen.train.data;

import dev.mmgen.part.PartCheck;
import dev.mmgen.part.PartException;

/** An index of samples and the source that they are read from. Closing it closes the source. */
public final class Dataset implements AutoCloseable {

    private final JsonlIndex index;
    private final SampleSource source;
    private final SampleShape shape;
    private final PartCheck check;

    /**
     * @param source taken over: it is closed with the data set
     * @param shape  that every sample must have
     */
    public Dataset(JsonlIndex index, SampleSource source, SampleShape shape) {
        this.check = new PartCheck("sample source", SampleSource.class, source);
        this.index = index;
        this.source = source;
        this.shape = shape;
    }

    /** Returns the number of samples in the index. */
    public int size() {
        return index.size();
    }

    /** Returns the shape of every sample. */
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
     * @throws DataException if it is missing or bad. It is never replaced by another, as the reference does
     * @throws IllegalStateException if the source breaks its contract; the message names its class
     */
    public Sample get(int place) {
        IndexEntry entry = index.entries().get(place);
        try {
            return check.value("read", () -> source.read(entry, shape)).require(entry, shape);
        } catch (DataException e) {
            throw e;
        } catch (RuntimeException e) {
            Object reason = e;
            if (e instanceof PartException) {
                reason = e.getCause() == null ? String.valueOf(e.getMessage()) : e.getCause();
            }
            throw new IllegalStateException(
                    check + " broke its contract at sample '" + entry.key() + "' of " + shape + ": " + reason, e);
        }
    }

    /** Returns the source's name for messages. */
    String sourceName() {
        return check.toString();
    }

    /**
     * Reads samples from the first on until one is good, so that a fault of all of them shows before anything else is made
     * for a training.
     *
     * @param badSampleLimit how many may be bad
     * @throws DataException if more are, or all; the message names the fault of the first
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
        check.run("close", source::close);
    }
}
