package dev.mmgen.torch.distributed;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * A comparison of a value that is to be the same on all ranks.
 *
 * @param what   it is, for the message
 * @param values of the ranks, in their order
 * @param names  of the ranks
 */
record Comparison(String what, List<String> values, IntFunction<String> names) {

    /** The characters of a long value that a message shows. */
    private static final int SHOWN = 160;

    /** Checks that all are equal, and names the ranks that stand against most others. */
    void require(String remedy) {
        String usual =
                values.stream().max((a, b) -> Long.compare(count(a), count(b))).orElseThrow();
        List<String> others = new ArrayList<>();
        String other = usual;
        for (int rank = 0; rank < values.size(); rank++) {
            if (!values.get(rank).equals(usual)) {
                other = values.get(rank);
                others.add(names.apply(rank) + " has " + excerpt(other, usual));
            }
        }
        if (!others.isEmpty()) {
            throw new ProcessGroupException(what + " differs: " + String.join("; ", others) + ", but "
                    + names.apply(values.indexOf(usual)) + " has " + excerpt(usual, other) + ". " + remedy);
        }
    }

    private long count(String value) {
        return values.stream().filter(value::equals).count();
    }

    /** Returns the part of a long value in which it differs from another one. */
    private static String excerpt(String value, String other) {
        if (value.length() <= SHOWN) {
            return value;
        }
        int from = Math.max(0, Arrays.mismatch(value.toCharArray(), other.toCharArray()) - SHOWN / 4);
        int to = Math.min(value.length(), from + SHOWN);
        return (from > 0 ? "..." : "") + value.substring(from, to) + (to < value.length() ? "..." : "");
    }
}
