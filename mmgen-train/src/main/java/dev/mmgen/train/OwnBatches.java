package dev.mmgen.train;

import dev.mmgen.part.PartCheck;
import dev.mmgen.train.GradientWorkers.MicroBatch;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.data.BatchShare;

/**
 * The micro-batches that this process computes: of a step's, numbered from 0, those of its rank, rank + world size, and so on. A
 * micro-batch is the same on whatever rank and worker it is computed: its draws come from its number.
 */
final class OwnBatches {

    private final TrainingPlan plan;
    private final BatchSource source;
    private final Ranks ranks;

    /** True where the source itself leaves out the batches of others. */
    private final boolean shared;

    OwnBatches(TrainingPlan plan, BatchSource source, Ranks ranks) {
        this.plan = plan;
        this.source = source;
        this.ranks = ranks;
        BatchShare share = new BatchShare(ranks.rank(), ranks.size());
        this.shared = ranks.size() == 1
                || new PartCheck("batch source", BatchSource.class, source).value("share", () -> source.share(share));
    }

    /** Returns how many there are in a step. */
    int count() {
        return plan.gradientAccumulation() / ranks.size();
    }

    /** Takes the next one, and passes over those of other ranks before and after it. */
    MicroBatch next(long stepsMade, int place) {
        long first = stepsMade * plan.gradientAccumulation() + (long) place * ranks.size();
        pass(first, 0, ranks.rank());
        MicroBatch own = MicroBatch.draw(source, plan, first + ranks.rank());
        boolean passed = false;
        try {
            pass(first, ranks.rank() + 1, ranks.size());
            passed = true;
            return own;
        } finally {
            if (!passed) {
                own.close();
            }
        }
    }

    private void pass(long first, int from, int to) {
        for (int rank = from; !shared && rank < to; rank++) {
            MicroBatch.draw(source, plan, first + rank).close();
        }
    }
}
