package dev.mmgen.bench;

import java.util.Arrays;

/** The times of the turns of one contestant. */
final class Times {

    private final double[] sorted;

    private Times(double[] sorted) {
        this.sorted = sorted;
    }

    /** Takes times in any unit and order; there is at least one. */
    static Times of(double... times) {
        double[] sorted = times.clone();
        Arrays.sort(sorted);
        return new Times(sorted);
    }

    double fastest() {
        return sorted[0];
    }

    double median() {
        return quantile(0.5);
    }

    /** Returns the time that a share of the turns, from 0 to 1, stays below: between two turns, where it falls between them. */
    double quantile(double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
