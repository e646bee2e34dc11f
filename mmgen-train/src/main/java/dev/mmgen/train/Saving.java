package dev.mmgen.train;

/**
 * When checkpoints are written.
 *
 * @param every steps from one to the next
 * @param keep  how many of the latest stay; 0 keeps all
 */
public record Saving(long every, int keep) {

    /** The reference's: every 50,000 steps, all kept. */
    public static final Saving RELEASED = new Saving(50_000, 0);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public Saving {
        if (every < 1) {
            throw new IllegalArgumentException("setting 'every' is " + every + "; it must be at least 1");
        }
        if (keep < 0) {
            throw new IllegalArgumentException("setting 'keep' is " + keep + "; it must be at least 0");
        }
    }
}
