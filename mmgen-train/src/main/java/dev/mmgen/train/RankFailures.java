package dev.mmgen.train;

import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.distributed.ProcessGroupException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Failures that all ranks have in common: what one of them cannot do ends in all, with its reason, so that none waits for it.
 *
 * @param ranks of the training
 */
public record RankFailures(Ranks ranks) {

    private static final int FINE = 0;
    private static final int NOT_FINITE = 1;
    private static final int FAILED = 2;

    /**
     * Does what one rank alone could fail at. Where one fails, all do: with its own exception there, and elsewhere with the reason, a
     * {@link NonFiniteException} for a loss that is not finite.
     *
     * @param step for the message; 1 is the first
     */
    public <T> T allOrNone(long step, Supplier<T> work) {
        return allOrNone(step, agreed -> {
            T result = work.get();
            agreed.run();
            return result;
        });
    }

    /**
     * Does what one rank alone could fail at up to some point, and what all do together from there.
     *
     * @param step for the message; 1 is the first
     * @param work runs what it is given once, where it can no longer fail alone; that returns if no rank has failed before. What
     *             fails later is told to the others as by {@link #tell}
     */
    <T> T allOrNone(long step, Function<Runnable, T> work) {
        AtomicBoolean agreed = new AtomicBoolean();
        try {
            return work.apply(() -> {
                agreed.set(true);
                agree(step, FINE, "");
            });
        } catch (RuntimeException | Error e) {
            if (agreed.get()) {
                tell(e);
            } else {
                agree(step, e instanceof NonFiniteException ? NOT_FINITE : FAILED, String.valueOf(e.getMessage()));
            }
            throw e;
        }
    }

    /** Learns whether all are fine; throws in a rank that is, if another one is not. */
    private void agree(long step, int own, String reason) {
        long worst = ranks.largest(own);
        if (worst != FINE) {
            List<String> reasons = ranks.all(own + reason);
            if (own == FINE) {
                throw failureElsewhere(step, reasons, worst == NOT_FINITE);
            }
        }
    }

    private static RuntimeException failureElsewhere(long step, List<String> reasons, boolean notFinite) {
        List<String> failures = new ArrayList<>();
        for (int rank = 0; rank < reasons.size(); rank++) {
            String reason = reasons.get(rank);
            if (!reason.startsWith(Integer.toString(FINE))) {
                failures.add("rank " + rank + ": " + reason.substring(1));
            }
        }
        String message = String.join("; ", failures);
        return notFinite
                ? new NonFiniteException(step, message)
                : new ProcessGroupException("step " + step + " failed on other ranks: " + message);
    }

    /** Runs a part of a program; where it fails, the others learn the reason when they next exchange. */
    public <T> T tell(Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException | Error e) {
            tell(e);
            throw e;
        }
    }

    private void tell(Throwable failure) {
        ProcessGroup group = ranks.group();
        if (group != null && !(failure instanceof ProcessGroupException)) {
            group.abort(String.valueOf(failure.getMessage()));
        }
    }
}
