package dev.mmgen.train.data;

/**
 * The batches of an endless row that one of several processes reads: those numbered {@code rank}, {@code rank + size} and so on,
 * counted from where reading begins. Positions are those of the whole row, behind the last batch of all processes.
 *
 * @param rank of the process, from 0
 * @param size how many processes there are
 */
public record BatchShare(int rank, int size) {

    /** All batches. */
    public static final BatchShare ALL = new BatchShare(0, 1);

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
