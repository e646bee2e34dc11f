package dev.mmgen.train.data;

/**
 * The share of an endless row of batches that one of several processes reads: of micro-batches those numbered {@code rank}, {@code
 * rank + size} and so on, counted from where reading begins; of batches that are not divided further, a part of each. Positions are those of the whole row, behind the last batch of all processes.
 *
 * @param rank of the process, from 0
 * @param size how many processes there are
 */
public record BatchShare(int rank, int size) {

    /** All batches. */
    public static final BatchShare ALL = new BatchShare(0, 1);

    /**
     * Returns where this share of a batch begins, where each batch is cut into equal parts.
     *
     * @throws IllegalArgumentException if the batch does not divide
     */
    public int begin(int batchSize) {
        return rank * length(batchSize);
    }

    /** Returns how many samples of a batch are of this share, see {@link #begin}. */
    public int length(int batchSize) {
        if (batchSize % size != 0) {
            throw new IllegalArgumentException("a batch of " + batchSize + " samples does not divide among " + size
                    + " processes; set 'batchSize' to a multiple of " + size);
        }
        return batchSize / size;
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if the rank is not below the size
     */
    public BatchShare {
        if (rank < 0 || rank >= size) {
            throw new IllegalArgumentException("batches of rank " + rank + " of " + size + "; ranks count from 0");
        }
    }
}
