package dev.mmgen.train.metric;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** A tally of angles in constant memory: sums, and bins of 0.01° for the median. */
final class AngleTally {

    private static final int BINS_PER_DEGREE = 100;

    private final long[] bins = new long[180 * BINS_PER_DEGREE];
    private final long[] under = new long[NormalMetrics.THRESHOLDS.size()];
    private double sum;
    private double sumOfSquares;
    private long count;

    void add(double[] degrees) {
        for (double angle : degrees) {
            sum += angle;
            sumOfSquares += angle * angle;
            bins[Math.min((int) (angle * BINS_PER_DEGREE), bins.length - 1)]++;
            for (int i = 0; i < under.length; i++) {
                under[i] += angle < NormalMetrics.THRESHOLDS.get(i) ? 1 : 0;
            }
        }
        count += degrees.length;
    }

    NormalScore score() {
        return score(count == 0 ? Double.NaN : binnedMedian());
    }

    NormalScore score(double median) {
        if (count == 0) {
            return new NormalScore(
                    Double.NaN, Double.NaN, Double.NaN, Collections.nCopies(under.length, Double.NaN), 0);
        }
        List<Double> shares = new ArrayList<>();
        for (long number : under) {
            shares.add((double) number / count);
        }
        return new NormalScore(sum / count, median, Math.sqrt(sumOfSquares / count), shares, count);
    }

    /** The middle of the bin that the angle in the middle falls into; of two, the mean of both. */
    private double binnedMedian() {
        return (binMiddle((count - 1) / 2) + binMiddle(count / 2)) / 2;
    }

    private double binMiddle(long rank) {
        long below = 0;
        int bin = 0;
        while (below + bins[bin] <= rank) {
            below += bins[bin++];
        }
        return (bin + 0.5) / BINS_PER_DEGREE;
    }

    /** Returns the exact median; NaN of nothing. */
    static double median(double[] numbers) {
        if (numbers.length == 0) {
            return Double.NaN;
        }
        double[] sorted = numbers.clone();
        Arrays.sort(sorted);
        return IntStream.of((sorted.length - 1) / 2, sorted.length / 2)
                        .mapToDouble(i -> sorted[i])
                        .sum()
                / 2;
    }
}
