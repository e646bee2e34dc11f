package dev.mmgen.train.metric;

import java.util.Arrays;

/** Numbers of pixels by true and predicted label; the last column is for pixels without a predicted one. */
final class ConfusionMatrix {

    private final long[][] counts;
    private final long[] truthTotals;
    private final long[] predictedTotals;

    ConfusionMatrix(int truthLabels, int predictedLabels) {
        counts = new long[truthLabels][predictedLabels + 1];
        truthTotals = new long[truthLabels];
        predictedTotals = new long[predictedLabels + 1];
    }

    /** Counts a pixel; a predicted label below 0 is none. */
    void add(int truth, int predicted) {
        int column = predicted < 0 ? predictedTotals.length - 1 : predicted;
        counts[truth][column]++;
        truthTotals[truth]++;
        predictedTotals[column]++;
    }

    void add(ConfusionMatrix other) {
        for (int truth = 0; truth < counts.length; truth++) {
            addTo(counts[truth], other.counts[truth]);
        }
        addTo(truthTotals, other.truthTotals);
        addTo(predictedTotals, other.predictedTotals);
    }

    private static void addTo(long[] sums, long[] numbers) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += numbers[i];
        }
    }

    long count(int truth, int predicted) {
        return counts[truth][predicted];
    }

    /** Returns intersection over union of a true and a predicted label; NaN if neither has a pixel. */
    double iou(int truth, int predicted) {
        long both = counts[truth][predicted];
        return (double) both / (truthTotals[truth] + predictedTotals[predicted] - both);
    }

    long pixels() {
        return Arrays.stream(truthTotals).sum();
    }

    int truthLabels() {
        return truthTotals.length;
    }

    int predictedLabels() {
        return predictedTotals.length - 1;
    }

    /** Returns how many true labels have a pixel. */
    int truthSegments() {
        return (int) Arrays.stream(truthTotals).filter(n -> n > 0).count();
    }

    /** Returns how many predicted labels have a pixel. */
    int predictedSegments() {
        return (int) Arrays.stream(predictedTotals, 0, predictedLabels())
                .filter(n -> n > 0)
                .count();
    }
}
