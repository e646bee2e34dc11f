package dev.mmgen.train;

/**
 * The time in which rank 0 prepares what the others then find, files for instance. They wait for it however long it takes, as long
 * as it gives a sign within every timeout of the group. One thread of each rank uses it, once.
 */
public final class HeadStart {

    /** The time between two signs, well within any timeout. */
    private static final long SIGN_EVERY_NANOS = 10_000_000_000L;

    private final Ranks ranks;
    private long lastSign = System.nanoTime();

    /** Begins it. */
    public HeadStart(Ranks ranks) {
        this.ranks = ranks;
    }

    /** Waits in all ranks but rank 0 for its {@link #end}; in rank 0 it does nothing. */
    public void await() {
        boolean over = ranks.isFirst();
        while (!over) {
            over = ranks.largest(0) > 0;
        }
    }

    /** Tells the others, at most every ten seconds, that rank 0 still prepares; in them it does nothing. */
    public void sign() {
        if (ranks.isFirst() && System.nanoTime() - lastSign > SIGN_EVERY_NANOS) {
            ranks.largest(0);
            lastSign = System.nanoTime();
        }
    }

    /** Lets the others go on; in them it does nothing. */
    public void end() {
        if (ranks.isFirst()) {
            ranks.largest(1);
        }
    }
}
