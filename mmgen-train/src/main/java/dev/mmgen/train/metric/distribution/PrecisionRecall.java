package dev.mmgen.train.metric.distribution;

import static dev.mmgen.train.metric.MetricTable.higher;

import dev.mmgen.train.metric.MetricTable;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Improved precision and recall (Kynkäänniemi et al., arXiv 1904.06991). A set covers the union of balls around its
 * images that reach to the k-th nearest other image of the set.
 *
 * <p>Distances are computed 32 rows at a time on all processors, in float64: memory is that of the sets. Time grows
 * with the product of the sets' sizes.
 *
 * @param precision the share of generated images that the real ones cover, 0 to 1: fidelity
 * @param recall    the share of real images that the generated ones cover, 0 to 1: variety
 */
public record PrecisionRecall(double precision, double recall) {

    /** The paper's number of neighbours. */
    public static final int DEFAULT_NEIGHBOURS = 3;

    /** Compares sets with {@link #DEFAULT_NEIGHBOURS}. */
    public static PrecisionRecall between(FeatureSet real, FeatureSet generated) {
        return between(real, generated, DEFAULT_NEIGHBOURS);
    }

    /**
     * Compares two sets; take equal sizes where figures are to be compared with others'.
     *
     * @param neighbours k, at least 1
     * @throws IllegalArgumentException if widths differ or a set has no more than k images
     */
    public static PrecisionRecall between(FeatureSet real, FeatureSet generated, int neighbours) {
        if (real.width() != generated.width()) {
            throw new IllegalArgumentException("features of width " + real.width() + " against features of width "
                    + generated.width() + "; both sides must come from one extractor");
        }
        if (neighbours < 1 || Math.min(real.size(), generated.size()) <= neighbours) {
            throw new IllegalArgumentException("the distance to neighbour " + neighbours
                    + " needs more images than that: there are " + real.size() + " real and " + generated.size()
                    + " generated");
        }
        return new PrecisionRecall(
                covered(generated, real, squaredRadii(real, neighbours)),
                covered(real, generated, squaredRadii(generated, neighbours)));
    }

    /** Returns the squared distance from each image to its k-th nearest other one. */
    static double[] squaredRadii(FeatureSet set, int neighbours) {
        int size = (int) set.size();
        double[][] nearest = new double[size][neighbours];
        for (double[] distances : nearest) {
            Arrays.fill(distances, Double.POSITIVE_INFINITY);
        }
        for (int start = 0; start < size; start += DistanceBlock.SIZE) {
            DistanceBlock block = new DistanceBlock(set, start);
            IntStream.range(0, size).parallel().forEach(i -> {
                double[] distances = block.squaredDistances(set.row(i));
                for (int j = 0; j < block.count(); j++) {
                    if (block.start() + j != i) {
                        insert(distances[j], nearest[i]);
                    }
                }
            });
        }
        return Arrays.stream(nearest)
                .mapToDouble(distances -> distances[neighbours - 1])
                .toArray();
    }

    /** Keeps the smallest numbers, in ascending order. */
    private static void insert(double number, double[] smallest) {
        int place = smallest.length - 1;
        if (number >= smallest[place]) {
            return;
        }
        while (place > 0 && smallest[place - 1] > number) {
            smallest[place] = smallest[place - 1];
            place--;
        }
        smallest[place] = number;
    }

    private static double covered(FeatureSet points, FeatureSet centres, double[] squaredRadii) {
        boolean[] covered = new boolean[(int) points.size()];
        for (int start = 0; start < centres.size(); start += DistanceBlock.SIZE) {
            DistanceBlock block = new DistanceBlock(centres, start);
            IntStream.range(0, covered.length)
                    .parallel()
                    .filter(i -> !covered[i])
                    .forEach(i -> {
                        double[] distances = block.squaredDistances(points.row(i));
                        for (int j = 0; j < block.count(); j++) {
                            covered[i] |= distances[j] <= squaredRadii[block.start() + j];
                        }
                    });
        }
        return (double) IntStream.range(0, covered.length)
                        .filter(i -> covered[i])
                        .count()
                / covered.length;
    }

    /** Returns the two figures as rows. */
    public MetricTable table() {
        return MetricTable.of(higher("precision", precision, ""), higher("recall", recall, ""));
    }
}
