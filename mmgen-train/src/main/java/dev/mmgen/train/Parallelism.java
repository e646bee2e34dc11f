package dev.mmgen.train;

import dev.mmgen.torch.Torch;
import dev.mmgen.torch.distributed.ProcessGroup;
import org.jspecify.annotations.Nullable;

/**
 * The hands among which the micro-batches of a step are shared out. The gradients are those of one process and one worker; sums
 * over workers are the same to the bit, those over processes to their rounding.
 *
 * @param workers micro-batches that a process computes at the same time, each by a thread with its share of
 *                {@link Torch#threads}. Small models train faster so, most of all on a machine that has other work. Each worker
 *                beyond the first costs the memory of the gradients once more
 * @param group   the processes that train together, each with the whole model; null for this process alone. Stays the caller's
 * @param overlap true to exchange the gradients of a step's last micro-batch while its backward pass goes on, block by block; sums are
 *                the same but for their rounding where there are more than two processes. With several workers they are exchanged
 *                afterwards
 */
public record Parallelism(int workers, @Nullable ProcessGroup group, boolean overlap) {

    /** One process that computes one micro-batch after the other. */
    public static final Parallelism NONE = new Parallelism(1, null, true);

    /**
     * Checks the number of workers.
     *
     * @throws IllegalArgumentException if it is below 1
     */
    public Parallelism {
        if (workers < 1) {
            throw new IllegalArgumentException(workers + " workers; there must be at least 1");
        }
    }

    /** Returns the same with another number of workers. */
    public Parallelism withWorkers(int number) {
        return new Parallelism(number, group, overlap);
    }

    /** Returns the same with other processes, or with none where null is given. */
    public Parallelism withGroup(@Nullable ProcessGroup processes) {
        return new Parallelism(workers, processes, overlap);
    }

    /** Returns the same with exchanges during the backward pass, or behind it. */
    public Parallelism withOverlap(boolean wanted) {
        return new Parallelism(workers, group, wanted);
    }

    /** Returns true if gradients are exchanged while they are computed. */
    boolean overlaps() {
        return overlap && workers == 1 && group != null;
    }

    /** Returns how many micro-batches are computed at the same time, all processes together. */
    public int width() {
        return workers * ranks();
    }

    private int ranks() {
        return group == null ? 1 : group.size();
    }

    /**
     * Checks that a plan can be shared out.
     *
     * @throws IllegalArgumentException if its micro-batches do not divide among workers and processes
     */
    public void requireFit(TrainingPlan plan) {
        if (plan.gradientAccumulation() % width() != 0) {
            String hands = ranks() == 1 ? workers + " workers" : ranks() + " processes of " + workers + " workers";
            throw new IllegalArgumentException(plan.gradientAccumulation() + " micro-batches per step for " + hands
                    + "; set 'gradientAccumulation' to a multiple of " + width());
        }
    }

    /**
     * Returns the plan with its batch in as many micro-batches as these hands need, at least as many as it has. Its samples are
     * the same; a loss that averages over a micro-batch, as that of modalities does, averages over fewer.
     *
     * @throws IllegalArgumentException if the batch does not divide
     */
    public TrainingPlan fit(TrainingPlan plan) {
        int microBatches = plan.gradientAccumulation();
        while (microBatches % width() != 0) {
            microBatches += plan.gradientAccumulation();
        }
        if (plan.batchSize() % microBatches != 0) {
            throw new IllegalArgumentException("a batch of " + plan.batchSize() + " samples does not divide into "
                    + microBatches + " micro-batches, for " + ranks() + " processes of " + workers
                    + " workers; set 'batchSize' to a multiple of " + microBatches);
        }
        return plan.withGradientAccumulation(microBatches);
    }
}
