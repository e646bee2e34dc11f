package dev.mmgen.sampling;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The distinct class labels of a batch, and the one of them that each sample has. Modulations are computed per distinct label.
 */
final class LabelRows {

    private final List<Long> distinct;
    private final long[] rows;

    private LabelRows(LongStream labels, long[] samples) {
        this.distinct = labels.sorted().distinct().boxed().toList();
        this.rows = Arrays.stream(samples).map(distinct::indexOf).toArray();
    }

    /** Collects the labels of a batch. */
    static LabelRows of(long... samples) {
        return new LabelRows(Arrays.stream(samples), samples);
    }

    /** Collects the labels of a batch and one that every sample needs besides: that of no class. */
    static LabelRows withNull(long nullLabel, long... samples) {
        return new LabelRows(LongStream.concat(LongStream.of(nullLabel), Arrays.stream(samples)), samples);
    }

    /** Returns the labels that occur, ascending. */
    List<Long> distinct() {
        return distinct;
    }

    /** Returns the labels that occur, as numbers. */
    long[] labels() {
        return distinct.stream().mapToLong(Long::longValue).toArray();
    }

    /** Returns the labels at some places among the distinct ones. */
    long[] labelsOf(long[] places) {
        return Arrays.stream(places)
                .map(place -> distinct.get(Math.toIntExact(place)))
                .toArray();
    }

    /** Returns per sample the place of its label among the distinct ones. */
    long[] rows() {
        return rows.clone();
    }

    /** Returns the place of one label, once per sample. */
    long[] rowsOf(long label) {
        long[] same = new long[rows.length];
        Arrays.fill(same, distinct.indexOf(label));
        return same;
    }
}
