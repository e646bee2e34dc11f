package dev.mmgen.train.metric.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(TensorLeakCheck.class)
class FrechetDistanceTest {

    private static FeatureGaussian diagonal(double[] mean, double... variances) {
        double[][] covariance = new double[mean.length][mean.length];
        IntStream.range(0, mean.length).forEach(i -> covariance[i][i] = variances[i]);
        return FeatureGaussian.of(mean, covariance);
    }

    private static FeatureGaussian centred(double[][] covariance) {
        return FeatureGaussian.of(new double[covariance.length], covariance);
    }

    private static float[] randomFeatures(Random random, int rows, int width) {
        float[] features = new float[rows * width];
        for (int i = 0; i < features.length; i++) {
            features[i] = (float) (random.nextGaussian() * Math.exp(-(i % width) * 0.3) + i % width);
        }
        return features;
    }

    private static FeatureStatistics statistics(int width, float[] features) {
        FeatureStatistics statistics = new FeatureStatistics(width);
        statistics.add(features);
        return statistics;
    }

    @Test
    void diagonalCovariancesHaveTheirClosedForm() {
        FeatureGaussian a = diagonal(new double[] {1, 2, 3}, 1, 4, 9);
        FeatureGaussian b = diagonal(new double[] {1, 0, 6}, 4, 4, 0);
        // |Δμ|² = 4 + 9, Σ(σa - σb)² = 1 + 0 + 9
        assertThat(FrechetDistance.between(a, b)).isCloseTo(23, within(1e-12));
        assertThat(FrechetDistance.between(b, a)).isCloseTo(23, within(1e-12));
    }

    @Test
    void twoByTwoCovariancesHaveTheirClosedForm() {
        double[][] a = {{2, 0.5}, {0.5, 1}};
        double[][] b = {{1, -0.8}, {-0.8, 3}};
        // tr √(ab) = √(tr ab + 2 √det ab)
        double traceOfProduct = 2 * 1 + 2 * 0.5 * -0.8 + 1 * 3;
        double determinant = (2 - 0.25) * (3 - 0.64);
        double expected = 3 + 4 - 2 * Math.sqrt(traceOfProduct + 2 * Math.sqrt(determinant));
        assertThat(FrechetDistance.between(centred(a), centred(b))).isCloseTo(expected, within(1e-12));
    }

    @Test
    void covariancesOfRankOneAreExact() {
        // directions (1, 1, 0) and (1, 0, 1): the root of the product has the trace |u·v| = 1
        double[][] a = {{1, 1, 0}, {1, 1, 0}, {0, 0, 0}};
        double[][] b = {{1, 0, 1}, {0, 0, 0}, {1, 0, 1}};
        assertThat(FrechetDistance.between(centred(a), centred(b))).isCloseTo(2 + 2 - 2, within(1e-12));
    }

    @Test
    void pointsAreAsFarApartAsTheirMeans() {
        FeatureGaussian point = diagonal(new double[] {1, 1}, 0, 0);
        assertThat(FrechetDistance.between(point, point)).isZero();
        assertThat(FrechetDistance.between(point, diagonal(new double[] {1, 4}, 2, 3)))
                .isEqualTo(14);
        assertThat(FrechetDistance.between(diagonal(new double[1], 4), diagonal(new double[1], 9)))
                .isCloseTo(1, within(1e-14));
    }

    @ParameterizedTest
    @CsvSource({"5,200", "40,300", "40,12"})
    void equalSetsAreAtNoDistance(int width, int images) {
        FeatureGaussian gaussian =
                statistics(width, randomFeatures(new Random(1), images, width)).gaussian();
        assertThat(FrechetDistance.between(gaussian, gaussian)).isCloseTo(0, within(1e-12));
    }

    @ParameterizedTest
    @CsvSource({"30,400", "30,10"})
    void scalingAllFeatures(int width, int images) {
        float[] features = randomFeatures(new Random(2), images, width);
        float[] doubled = new float[features.length];
        IntStream.range(0, features.length).forEach(i -> doubled[i] = 2 * features[i]);
        FeatureGaussian a = statistics(width, features).gaussian();
        FeatureGaussian b = statistics(width, doubled).gaussian();
        // √(Σ · 4Σ) = 2Σ
        double trace =
                IntStream.range(0, width).mapToDouble(i -> a.covariance(i, i)).sum();
        double squares = Arrays.stream(a.mean()).map(m -> m * m).sum();
        assertThat(FrechetDistance.between(a, b)).isCloseTo(squares + trace, within(1e-9 * squares));
    }

    @Test
    void turningBothSidesChangesNothing() {
        double[] v = {0.5, -0.1, 0.7, 0.2};
        double[][] a = new double[4][4];
        double[][] b = new double[4][4];
        double[] deviationsA = {1, 2, 1e-7, 5};
        double[] deviationsB = {3, 0, 1, 5};
        double squares = Arrays.stream(v).map(x -> x * x).sum();
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) {
                for (int k = 0; k < 4; k++) {
                    double turn = ((i == k ? 1 : 0) - 2 * v[i] * v[k] / squares)
                            * ((j == k ? 1 : 0) - 2 * v[j] * v[k] / squares);
                    a[i][j] += turn * deviationsA[k] * deviationsA[k];
                    b[i][j] += turn * deviationsB[k] * deviationsB[k];
                }
            }
        }
        double expected = 4 + 4 + (1 - 1e-7) * (1 - 1e-7);
        assertThat(FrechetDistance.between(centred(a), centred(b))).isCloseTo(expected, within(1e-6));
    }

    @Test
    void nuclearNormsAreExact() {
        assertThat(NuclearNorm.of(new double[][] {{0, 0}, {0, 0}})).isZero();
        assertThat(NuclearNorm.of(new double[][] {{3}, {-4}})).isCloseTo(5, within(1e-14));
        assertThat(NuclearNorm.of(new double[][] {{0, -2}, {3, 0}, {0, 0}})).isCloseTo(5, within(1e-14));
        assertThat(NuclearNorm.of(new double[][] {{1e-200, 0}, {0, 2e-200}})).isCloseTo(3e-200, within(1e-214));
        double[][] ones = new double[50][50];
        Arrays.stream(ones).forEach(row -> Arrays.fill(row, 1));
        assertThat(NuclearNorm.of(ones)).isCloseTo(50, within(1e-12));
        double[][] hadamard = new double[64][64];
        for (int i = 0; i < 64; i++) {
            for (int j = 0; j < 64; j++) {
                hadamard[i][j] = Integer.bitCount(i & j) % 2 == 0 ? 1 : -1;
            }
        }
        assertThat(NuclearNorm.of(hadamard)).isCloseTo(64 * 8, within(1e-10));
    }

    @Test
    void statisticsEqualThoseComputedByHand() {
        FeatureGaussian gaussian = statistics(2, new float[] {1, 2, 3, 6, 5, 4}).gaussian();
        assertThat(gaussian.mean()).containsExactly(3, 4);
        assertThat(gaussian.covariance()[0]).containsExactly(4, 2);
        assertThat(gaussian.covariance()[1]).containsExactly(2, 4);
    }

    @Test
    void partsMergeToTheWhole() {
        int width = 7;
        float[] features = randomFeatures(new Random(3), 301, width);
        FeatureGaussian whole = statistics(width, features).gaussian();
        FeatureStatistics first = statistics(width, Arrays.copyOf(features, 10 * width));
        FeatureStatistics second = new FeatureStatistics(width);
        for (int i = 10; i < 301; i++) {
            second.add(Arrays.copyOfRange(features, i * width, (i + 1) * width));
        }
        first.merge(new FeatureStatistics(width));
        first.merge(second);
        assertThat(first.size()).isEqualTo(301);
        double[][] expected = whole.covariance();
        double[][] merged = first.gaussian().covariance();
        for (int i = 0; i < width; i++) {
            assertThat(first.gaussian().mean()[i]).isCloseTo(whole.mean()[i], within(1e-12));
            for (int j = 0; j < width; j++) {
                assertThat(merged[i][j]).isCloseTo(expected[i][j], within(1e-12));
            }
        }
    }

    @Test
    void largeOffsetsCostNoDigits() {
        FeatureGaussian gaussian =
                statistics(1, new float[] {16_000_000, 16_000_001, 16_000_002}).gaussian();
        assertThat(gaussian.covariance(0, 0)).isCloseTo(1, within(1e-9));
    }

    @Test
    void extractorsRunBatchByBatch() {
        FeatureStatistics statistics = new FeatureStatistics(2);
        // makes batches as they are asked for, as a loader does
        Iterable<Tensor> batches = () -> new Iterator<>() {
            private int made;

            @Override
            public boolean hasNext() {
                return made < 3;
            }

            @Override
            public Tensor next() {
                made++;
                return Torch.tensor(new float[] {made, 0, 0, made, 1, 1, 1, 1}, 2, 1, 2, 2);
            }
        };
        statistics.addAll(batches, images -> images.reshape(2, 4).slice(1, 0, 2));
        assertThat(statistics.size()).isEqualTo(6);
        assertThat(statistics.gaussian().mean()).containsExactly(1.5, 0.5);
        try (Tensor wrong = Torch.zeros(2, 3)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> statistics.addAll(List.of(wrong), x -> x))
                    .withMessageContaining("[2, 3]");
        }
    }

    @Test
    void impossibleDistributionsAreRefused() {
        assertThatIllegalStateException()
                .isThrownBy(() -> statistics(1, new float[] {1}).gaussian())
                .withMessageContaining("two images");
        assertThatIllegalArgumentException().isThrownBy(() -> new FeatureStatistics(0));
        assertThatIllegalArgumentException().isThrownBy(() -> new FeatureStatistics(2).add(new float[3]));
        FeatureStatistics statistics = new FeatureStatistics(2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> statistics.add(new float[] {1, 2, 3, Float.NaN}))
                .withMessageContaining("feature 1 of image 1 is NaN");
        assertThat(statistics.size()).isZero();
        assertThatIllegalArgumentException().isThrownBy(() -> statistics.merge(statistics));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> centred(new double[][] {{1, 2}, {0, 1}}))
                .withMessageContaining("not a covariance");
        assertThatIllegalArgumentException().isThrownBy(() -> centred(new double[][] {{-1}}));
        assertThatIllegalArgumentException().isThrownBy(() -> centred(new double[][] {{Double.NaN}}));
        assertThatIllegalArgumentException().isThrownBy(() -> centred(new double[0][]));
        FeatureGaussian indefinite = centred(new double[][] {{1, 2}, {2, 1}});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FrechetDistance.between(indefinite, indefinite))
                .withMessageContaining("negative eigenvalues");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FrechetDistance.between(indefinite, diagonal(new double[1], 1)));
    }
}
