package dev.mmgen.train.metric.distribution;

/**
 * A block of 32 rows of a set, side by side, so that the distances to all of them are computed at once. Differences are
 * squared as they are: the shortcut by scalar products would lose small distances to rounding.
 */
final class DistanceBlock {

    static final int SIZE = 32;

    private final int start;
    private final int count;
    private final int width;
    private final double[] columns;

    DistanceBlock(FeatureSet set, int start) {
        this.start = start;
        count = (int) Math.min(SIZE, set.size() - start);
        width = set.width();
        columns = new double[Math.multiplyExact(width, SIZE)];
        for (int j = 0; j < count; j++) {
            float[] row = set.row(start + j);
            for (int i = 0; i < width; i++) {
                columns[i * SIZE + j] = row[i];
            }
        }
    }

    int start() {
        return start;
    }

    int count() {
        return count;
    }

    /** Returns squared Euclidean distances, of which the first {@link #count()} mean something. */
    double[] squaredDistances(float[] row) {
        double[] sums = new double[SIZE];
        int i = 0;
        for (; i + 3 < width; i += 4) {
            addFour(row, i, sums);
        }
        for (; i < width; i++) {
            for (int j = 0; j < SIZE; j++) {
                double difference = row[i] - columns[i * SIZE + j];
                sums[j] += difference * difference;
            }
        }
        return sums;
    }

    /** Four features at a time: the sums are then loaded and stored a quarter as often. */
    private void addFour(float[] row, int i, double[] sums) {
        double f0 = row[i];
        double f1 = row[i + 1];
        double f2 = row[i + 2];
        double f3 = row[i + 3];
        int at = i * SIZE;
        for (int j = 0; j < SIZE; j++) {
            double d0 = f0 - columns[at + j];
            double d1 = f1 - columns[at + SIZE + j];
            double d2 = f2 - columns[at + 2 * SIZE + j];
            double d3 = f3 - columns[at + 3 * SIZE + j];
            sums[j] += d0 * d0 + d1 * d1 + (d2 * d2 + d3 * d3);
        }
    }
}
