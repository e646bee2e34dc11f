package dev.mmgen.train.metric.distribution;

import java.util.Arrays;

/**
 * A matrix L of full column rank with L·Lᵀ = Σ: Cholesky's factor with diagonal pivoting (Higham 1990), which stops at
 * the rank of Σ. Rows stay in their places, so L is a triangle only up to a permutation of rows.
 */
final class CovarianceFactor {

    private final double[][] rows;
    private final int rank;

    private CovarianceFactor(double[][] rows, int rank) {
        this.rows = rows;
        this.rank = rank;
    }

    static CovarianceFactor of(FeatureGaussian gaussian) {
        int width = gaussian.width();
        double[][] rows = new double[width][width];
        double[] rest = new double[width];
        for (int i = 0; i < width; i++) {
            rest[i] = gaussian.covariance(i, i);
        }
        double largest = Arrays.stream(rest).max().orElse(0);
        double negligible = width * Math.ulp(1.0) * largest;
        boolean[] used = new boolean[width];
        int rank = 0;
        for (int pivot = next(rest, used); pivot >= 0 && rest[pivot] > negligible; pivot = next(rest, used)) {
            used[pivot] = true;
            double root = Math.sqrt(rest[pivot]);
            rows[pivot][rank] = root;
            for (int i = 0; i < width; i++) {
                if (!used[i]) {
                    double entry = (gaussian.covariance(i, pivot) - dot(rows[i], rows[pivot], 0, rank)) / root;
                    rows[i][rank] = entry;
                    rest[i] -= entry * entry;
                }
            }
            rank++;
        }
        if (Arrays.stream(rest).min().orElse(0) < -1e-6 * largest) {
            throw new IllegalArgumentException(
                    "a covariance has no negative eigenvalues, but this matrix of " + width + " features does");
        }
        return new CovarianceFactor(rows, rank);
    }

    private static int next(double[] rest, boolean[] used) {
        int best = -1;
        for (int i = 0; i < rest.length; i++) {
            if (!used[i] && (best < 0 || rest[i] > rest[best])) {
                best = i;
            }
        }
        return best;
    }

    /** Four sums side by side: one sum would wait for itself at every step. */
    static double dot(double[] a, double[] b, int start, int end) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = start;
        for (; i + 3 < end; i += 4) {
            s0 += a[i] * b[i];
            s1 += a[i + 1] * b[i + 1];
            s2 += a[i + 2] * b[i + 2];
            s3 += a[i + 3] * b[i + 3];
        }
        for (; i < end; i++) {
            s0 += a[i] * b[i];
        }
        return s0 + s1 + (s2 + s3);
    }

    int rank() {
        return rank;
    }

    /** Returns Lᵀ·M, where M is the factor of a covariance of as many features. */
    double[][] transposedTimes(CovarianceFactor other) {
        double[][] product = new double[rank][other.rank];
        int block = 16;
        for (int start = 0; start < rank; start += block) {
            int end = Math.min(start + block, rank);
            for (int k = 0; k < rows.length; k++) {
                for (int i = start; i < end; i++) {
                    addScaled(product[i], rows[k][i], other.rows[k]);
                }
            }
        }
        return product;
    }

    private static void addScaled(double[] sums, double factor, double[] row) {
        for (int j = 0; j < sums.length; j++) {
            sums[j] += factor * row[j];
        }
    }
}
