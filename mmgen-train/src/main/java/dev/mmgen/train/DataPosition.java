package dev.mmgen.train;

/**
 * A place in the endless row of batches.
 *
 * @param epoch how often all samples have been gone through
 * @param batch within the epoch, from 0
 */
public record DataPosition(long epoch, long batch) {

    /** The first batch. */
    public static final DataPosition START = new DataPosition(0, 0);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is negative
     */
    public DataPosition {
        if (epoch < 0 || batch < 0) {
            throw new IllegalArgumentException("a position in the data of epoch " + epoch + ", batch " + batch);
        }
    }
}
