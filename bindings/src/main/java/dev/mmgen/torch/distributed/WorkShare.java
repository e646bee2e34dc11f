package dev.mmgen.torch.distributed;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The part of a long list of work that one rank does: neighbouring blocks, as many as any other rank up to one. Blocks stay whole,
 * so that what is computed together, which the last bits depend on, is what one process computes together.
 *
 * @param rank of the process, from 0
 * @param size the world size
 */
public record WorkShare(int rank, int size) {

    /** Returns the share of this process; all of the work for null. */
    public static WorkShare of(@Nullable ProcessGroup group) {
        return group == null ? new WorkShare(0, 1) : new WorkShare(group.rank(), group.size());
    }

    /**
     * Returns the number of the first item.
     *
     * @param items how many there are
     * @param block how many are computed together
     */
    public int begin(int items, int block) {
        return boundary(rank, items, block);
    }

    /** Returns the number behind the last item, see {@link #begin}; equal to it where there are fewer blocks than ranks. */
    public int end(int items, int block) {
        return boundary(rank + 1, items, block);
    }

    private int boundary(int before, int items, int block) {
        long blocks = (items + (long) block - 1) / block;
        return (int) Math.min(items, blocks * before / size * block);
    }

    /** Returns the items of this share, in order; a view. */
    public <T> List<T> of(List<T> items, int block) {
        return items.subList(begin(items.size(), block), end(items.size(), block));
    }
}
