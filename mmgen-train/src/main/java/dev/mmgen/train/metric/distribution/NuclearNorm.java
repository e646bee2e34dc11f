package dev.mmgen.train.metric.distribution;

import java.util.Arrays;

/**
 * The sum of the singular values of a matrix. Householder reflections from both sides leave two diagonals (Golub and
 * Kahan 1965); interleaved, they are the off-diagonal of a symmetric tridiagonal matrix whose eigenvalues, found by the
 * implicit QL method, are the singular values and their negatives. Each is exact to rounding relative to the largest.
 */
final class NuclearNorm {

    private static final int MAX_ITERATIONS = 100;

    private NuclearNorm() {}

    /**
     * @param matrix {@code [m, n]} with m ≥ n, finite; overwritten
     */
    static double of(double[][] matrix) {
        double largest = 0;
        for (double[] row : matrix) {
            for (double entry : row) {
                largest = Math.max(largest, Math.abs(entry));
            }
        }
        if (largest == 0) {
            return 0;
        }
        for (double[] row : matrix) {
            for (int j = 0; j < row.length; j++) {
                row[j] /= largest;
            }
        }
        double[] eigenvalues = eigenvalues(bidiagonal(matrix));
        return largest * Arrays.stream(eigenvalues).map(Math::abs).sum() / 2;
    }

    /** Returns d₀, e₀, d₁, e₁, …, d₍ₙ₋₁₎: the diagonal d and the one above it, e, interleaved. */
    private static double[] bidiagonal(double[][] a) {
        int m = a.length;
        int n = a[0].length;
        double[] diagonals = new double[2 * n - 1];
        double[] left = new double[m];
        double[] right = new double[n];
        double[] sums = new double[n];
        for (int k = 0; k < n; k++) {
            for (int i = k; i < m; i++) {
                left[i] = a[i][k];
            }
            diagonals[2 * k] = reflector(left, k, m);
            if (k + 1 == n) {
                break;
            }
            Arrays.fill(sums, k + 1, n, 0);
            for (int i = k; i < m; i++) {
                subtract(sums, -left[i], a[i], k + 1);
            }
            subtract(a[k], left[k], sums, k + 1);
            System.arraycopy(a[k], k + 1, right, k + 1, n - k - 1);
            diagonals[2 * k + 1] = reflector(right, k + 1, n);
            for (int i = k + 1; i < m; i++) {
                subtract(a[i], left[i], sums, k + 1);
                subtract(a[i], CovarianceFactor.dot(a[i], right, k + 1, n), right, k + 1);
            }
        }
        return diagonals;
    }

    /**
     * Replaces the entries from {@code start} by the v of the reflection I − v·vᵀ that maps them onto the first axis.
     *
     * @return the first entry's new value; v is 0 if all entries are
     */
    private static double reflector(double[] x, int start, int end) {
        double squares = 0;
        for (int i = start; i < end; i++) {
            squares += x[i] * x[i];
        }
        if (squares == 0) {
            return 0;
        }
        double image = -Math.copySign(Math.sqrt(squares), x[start]);
        x[start] -= image;
        double factor = 1 / Math.sqrt(-image * x[start]);
        for (int i = start; i < end; i++) {
            x[i] *= factor;
        }
        return image;
    }

    private static void subtract(double[] row, double factor, double[] other, int start) {
        for (int j = start; j < other.length; j++) {
            row[j] -= factor * other[j];
        }
    }

    /** Of the symmetric tridiagonal matrix with zeros on its diagonal and these numbers beside it. */
    private static double[] eigenvalues(double[] beside) {
        int n = beside.length + 1;
        double[] d = new double[n];
        double[] e = Arrays.copyOf(beside, n);
        double negligible =
                Math.ulp(1.0) * Arrays.stream(e).map(Math::abs).max().orElse(0);
        for (int first = 0; first < n; first++) {
            int iterations = 0;
            for (int last = blockEnd(e, first, negligible); last > first; last = blockEnd(e, first, negligible)) {
                if (++iterations > MAX_ITERATIONS) {
                    throw new ArithmeticException("singular values did not converge");
                }
                sweep(d, e, first, last);
            }
        }
        return d;
    }

    private static int blockEnd(double[] e, int first, double negligible) {
        int last = first;
        while (last < e.length - 1 && Math.abs(e[last]) > negligible) {
            last++;
        }
        return last;
    }

    /** One implicit QL step with Wilkinson's shift on the rows from first to last. */
    private static void sweep(double[] d, double[] e, int first, int last) {
        double half = (d[first + 1] - d[first]) / (2 * e[first]);
        double g = d[last] - d[first] + e[first] / (half + Math.copySign(Math.hypot(half, 1), half));
        double sine = 1;
        double cosine = 1;
        double p = 0;
        for (int i = last - 1; i >= first; i--) {
            double f = sine * e[i];
            double b = cosine * e[i];
            double r = Math.hypot(f, g);
            e[i + 1] = r;
            if (r == 0) {
                d[i + 1] -= p;
                e[last] = 0;
                return;
            }
            sine = f / r;
            cosine = g / r;
            g = d[i + 1] - p;
            r = (d[i] - g) * sine + 2 * cosine * b;
            p = sine * r;
            d[i + 1] = g + p;
            g = cosine * r - b;
        }
        d[first] -= p;
        e[first] = g;
        e[last] = 0;
    }
}
