package dev.mmgen.train.prepare;

import dev.mmgen.train.data.DataException;
import java.util.ArrayList;
import java.util.List;

/**
 * The part of a long list of work that one process does: every {@code shards}-th item from number {@code shard} on, and of
 * those {@code limit} from number {@code start} on ({@code select_items} in {@code data/preprocess_utils.py}).
 *
 * @param start  items of the shard that are left out at its beginning, at least 0
 * @param limit  items at the most, at least 1
 * @param shard  number of the shard, from 0
 * @param shards number of shards, at least 1
 */
public record Selection(int start, int limit, int shard, int shards) {

    /** Everything. */
    public static final Selection ALL = new Selection(0, Integer.MAX_VALUE, 0, 1);

    /**
     * @throws IllegalArgumentException if a number is out of range
     */
    public Selection {
        if (shards >= 1 && shard >= shards) {
            throw new IllegalArgumentException(
                    "shard " + shard + " of " + shards + "; shards are numbered from 0 to " + (shards - 1));
        }
        if (start < 0 || limit < 1 || shards < 1 || shard < 0 || shard >= shards) {
            throw new IllegalArgumentException(
                    "cannot select up to " + limit + " items from number " + start + " of shard " + shard + " of "
                            + shards + "; a shard's number is less than their count, the limit at least 1");
        }
    }

    /** Returns a selection of one whole shard. */
    public static Selection ofShard(int shard, int shards) {
        return new Selection(0, Integer.MAX_VALUE, shard, shards);
    }

    /** Returns a copy that leaves out the shard's first {@code first} items, and takes at most {@code count} of the rest. */
    public Selection withRange(int first, int count) {
        return new Selection(first, count, shard, shards);
    }

    /** Returns a copy of another shard. */
    public Selection withShard(int number, int count) {
        return new Selection(start, limit, number, count);
    }

    /**
     * Returns the selected items in order.
     *
     * @throws DataException if there are none
     */
    public <T> List<T> of(List<T> items) {
        List<T> selected = new ArrayList<>();
        long passed = 0;
        for (long i = shard; i < items.size() && selected.size() < limit; i += shards) {
            if (passed++ >= start) {
                selected.add(items.get((int) i));
            }
        }
        if (selected.isEmpty()) {
            throw new DataException("nothing is left of " + items.size() + " items after taking " + this);
        }
        return selected;
    }
}
