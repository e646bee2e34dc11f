package dev.mmgen.train.metric.distribution;

/**
 * The Fréchet distance between two normal distributions of features (Heusel et al., arXiv 1706.08500): FID with
 * Inception pool features, sFID with its spatial ones, FDD with DINOv2's.
 *
 * <p>{@code |μ₁ − μ₂|² + tr Σ₁ + tr Σ₂ − 2 tr (Σ₁ Σ₂)^½}. With factors Σᵢ = LᵢLᵢᵀ, the last trace is the sum of the
 * singular values of L₁ᵀL₂. That needs no square root of a product that is not symmetric, and is exact where
 * covariances are singular, as they are when there are fewer images than features: nothing is added to their
 * diagonals.
 */
public final class FrechetDistance {

    private FrechetDistance() {}

    /**
     * Returns the distance, squared as is the custom: at least 0, and 0 for equal distributions.
     *
     * @throws IllegalArgumentException if the widths differ or a covariance has negative eigenvalues
     */
    public static double between(FeatureGaussian a, FeatureGaussian b) {
        if (a.width() != b.width()) {
            throw new IllegalArgumentException("features of width " + a.width() + " against features of width "
                    + b.width() + "; both sides must come from one extractor");
        }
        double distance = -2 * traceOfRoot(CovarianceFactor.of(a), CovarianceFactor.of(b));
        for (int i = 0; i < a.width(); i++) {
            double difference = a.mean(i) - b.mean(i);
            distance += difference * difference + a.covariance(i, i) + b.covariance(i, i);
        }
        return Math.max(0, distance);
    }

    private static double traceOfRoot(CovarianceFactor a, CovarianceFactor b) {
        CovarianceFactor large = a.rank() >= b.rank() ? a : b;
        CovarianceFactor small = a.rank() >= b.rank() ? b : a;
        return small.rank() == 0 ? 0 : NuclearNorm.of(large.transposedTimes(small));
    }
}
