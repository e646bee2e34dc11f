package dev.mmgen.train.metric.distribution;

import java.util.Arrays;

/** The normal distribution with the mean and covariance of some features. Immutable. */
public final class FeatureGaussian {

    private static final double SYMMETRY = 1e-6;

    private final double[] mean;
    private final double[][] covariance;

    /** Takes arrays that nobody else changes; the covariance is known to be symmetric and finite. */
    FeatureGaussian(double[] mean, double[][] covariance) {
        this.mean = mean;
        this.covariance = covariance;
    }

    /**
     * Returns the distribution of this mean and covariance.
     *
     * @param mean       {@code [width]}, copied
     * @param covariance {@code [width, width]}, copied
     * @throws IllegalArgumentException if sizes do not agree, a number is not finite, the covariance is not symmetric
     *                                  (to 1e-6 of its largest entry) or has a negative diagonal
     */
    public static FeatureGaussian of(double[] mean, double[][] covariance) {
        int width = mean.length;
        if (width == 0
                || covariance.length != width
                || Arrays.stream(covariance).anyMatch(row -> row.length != width)) {
            throw new IllegalArgumentException(
                    "a mean of " + width + " numbers needs a covariance of as many rows and" + " columns");
        }
        double largest = 0;
        for (int i = 0; i < width; i++) {
            if (!Double.isFinite(mean[i]) || !Arrays.stream(covariance[i]).allMatch(Double::isFinite)) {
                throw new IllegalArgumentException("mean or covariance of feature " + i + " is not finite");
            }
            largest = Math.max(largest, Math.abs(covariance[i][i]));
        }
        double[][] copy = new double[width][];
        for (int i = 0; i < width; i++) {
            copy[i] = covariance[i].clone();
            for (int j = 0; j <= i; j++) {
                if (Math.abs(covariance[i][j] - covariance[j][i]) > SYMMETRY * largest || covariance[i][i] < 0) {
                    throw new IllegalArgumentException("not a covariance: entry [" + i + ", " + j + "] is "
                            + covariance[i][j] + ", [" + j + ", " + i + "] is " + covariance[j][i]);
                }
            }
        }
        return new FeatureGaussian(mean.clone(), copy);
    }

    /** Returns the number of features. */
    public int width() {
        return mean.length;
    }

    /** Returns a copy of the mean, {@code [width]}. */
    public double[] mean() {
        return mean.clone();
    }

    /** Returns a copy of the covariance, {@code [width, width]}. */
    public double[][] covariance() {
        return Arrays.stream(covariance).map(double[]::clone).toArray(double[][]::new);
    }

    double mean(int i) {
        return mean[i];
    }

    double covariance(int i, int j) {
        return covariance[i][j];
    }
}
