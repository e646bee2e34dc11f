package dev.mmgen.train.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.image.RgbImage;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class DepthMetricsTest {

    private static final Offset<Double> EXACT = within(1e-12);

    @Test
    void errorsOfTwoPixelsEqualThoseComputedByHand() {
        DepthErrors errors = DepthErrors.of(new double[] {1, 4}, new double[] {2, 3});
        assertThat(errors.absRel()).isCloseTo((0.5 + 1.0 / 3) / 2, EXACT);
        assertThat(errors.delta1()).isZero();
        assertThat(errors.delta2()).isEqualTo(0.5);
        assertThat(errors.delta3()).isEqualTo(0.5);
        assertThat(errors.rmse()).isCloseTo(1, EXACT);
        assertThat(errors.log10()).isCloseTo((Math.log10(2) + Math.log10(4.0 / 3)) / 2, EXACT);
        // two logs lie half their distance from their mean
        assertThat(errors.siLog()).isCloseTo(100 * (Math.log(4.0 / 3) + Math.log(2)) / 2, within(1e-10));
    }

    @Test
    void siLogIsBlindToScale() {
        DepthErrors errors = DepthErrors.of(new double[] {3, 6, 9}, new double[] {1, 2, 3});
        assertThat(errors.siLog()).isCloseTo(0, within(1e-6));
        assertThat(errors.absRel()).isCloseTo(2, EXACT);
    }

    @Test
    void thresholdsAreStrict() {
        assertThat(DepthErrors.of(new double[] {1.25}, new double[] {1}).delta1())
                .isZero();
        assertThat(DepthErrors.of(new double[] {1}, new double[] {1.2499}).delta1())
                .isEqualTo(1);
    }

    @Test
    void alignmentEqualsTheOneComputedByHand() {
        DepthAlignment line = DepthAlignment.leastSquares(new double[] {0, 1, 2}, new double[] {1, 2, 6});
        assertThat(line.scale()).isCloseTo(2.5, EXACT);
        assertThat(line.shift()).isCloseTo(0.5, EXACT);
    }

    @Test
    void affinePredictionsScorePerfectly() {
        DepthMetrics.Score score = new DepthMetrics().add(new float[] {7, 5, 3, 1}, new float[] {1, 2, 3, 4});
        assertThat(score.alignment().scale()).isCloseTo(-0.5, EXACT);
        assertThat(score.alignment().shift()).isCloseTo(4.5, EXACT);
        assertThat(score.errors().absRel()).isCloseTo(0, EXACT);
        assertThat(score.errors().delta1()).isEqualTo(1);
        assertThat(score.errors().siLog()).isCloseTo(0, within(1e-6));
        assertThat(score.pixels()).isEqualTo(4);
        assertThat(score.clamped()).isZero();
    }

    @Test
    void alignmentInDisparityIsExact() {
        DepthProtocol disparity = new DepthProtocol(DepthProtocol.Space.DISPARITY, 0.1, 100);
        float[] truth = {1, 2, 4, 8};
        float[] inverse = {8, 4, 2, 1};
        assertThat(new DepthMetrics(disparity).add(inverse, truth).errors().absRel())
                .isCloseTo(0, EXACT);
        assertThat(new DepthMetrics().add(inverse, truth).errors().absRel()).isGreaterThan(0.2);
    }

    @Test
    void smallDisparitiesAreAsFarAsTheRangeGoes() {
        DepthProtocol disparity = new DepthProtocol(DepthProtocol.Space.DISPARITY, 0.1, 4);
        DepthMetrics.Score score =
                new DepthMetrics(disparity).add(new float[] {0, 0, 0, 1, 40}, new float[] {1, 1, 1, 4, 4});
        double farthest = score.alignment().apply(40);
        assertThat(farthest).isLessThan(0.25);
        assertThat(score.clamped()).isEqualTo(1);
        double near = 1 / score.alignment().apply(0);
        double[] depths = {near, near, near, 1 / score.alignment().apply(1), 4};
        assertThat(score.errors()).isEqualTo(DepthErrors.of(depths, new double[] {1, 1, 1, 4, 4}));
    }

    @Test
    void constantPredictionBecomesTheMean() {
        DepthMetrics.Score score = new DepthMetrics().add(new float[] {0.1f, 0.1f, 0.1f}, new float[] {1, 2, 6});
        assertThat(score.alignment()).isEqualTo(new DepthAlignment(0, 3));
        assertThat(score.errors().absRel()).isCloseTo((2 + 0.5 + 0.5) / 3, EXACT);
        assertThat(score.errors().rmse()).isCloseTo(Math.sqrt((4 + 1 + 9) / 3.0), EXACT);
    }

    @Test
    void nearlyConstantPredictionIsStillFitted() {
        float next = Math.nextUp(1000f);
        DepthMetrics.Score score = new DepthMetrics().add(new float[] {1000, next}, new float[] {1, 2});
        assertThat(score.errors().absRel()).isCloseTo(0, within(1e-9));
    }

    @Test
    void alignedDepthsThatAreNotPositiveAreClamped() {
        // the line through (0, 1), (1, 1), (2, 1), (3, 1), (10, 8) is negative at 0
        DepthMetrics.Score score = new DepthMetrics().add(new float[] {0, 1, 2, 3, 10}, new float[] {1, 1, 1, 1, 8});
        assertThat(score.alignment().shift()).isNegative();
        assertThat(score.clamped()).isEqualTo(1);
        double[] aligned = {1e-3, line(score, 1), line(score, 2), line(score, 3), line(score, 10)};
        assertThat(score.errors()).isEqualTo(DepthErrors.of(aligned, new double[] {1, 1, 1, 1, 8}));
    }

    private static double line(DepthMetrics.Score score, double predicted) {
        return score.alignment().scale() * predicted + score.alignment().shift();
    }

    @Test
    void pixelsThatDoNotCountHaveNoInfluence() {
        float[] predicted = {7, Float.NaN, 5, -9, 99, 1e30f};
        float[] truth = {1, 2, 2, 0, Float.NaN, Float.POSITIVE_INFINITY};
        boolean[] valid = {true, false, true, true, true, true};
        DepthMetrics.Score score = new DepthMetrics().add(predicted, truth, valid);
        assertThat(score.pixels()).isEqualTo(2);
        assertThat(score.errors().absRel()).isCloseTo(0, EXACT);
    }

    @Test
    void imagesWithoutValidPixelsAreLeftOut() {
        DepthMetrics metrics = new DepthMetrics();
        assertThat(metrics.mean().absRel()).isNaN();
        assertThat(metrics.add(new float[] {1, 2}, new float[] {0, -1}).errors().delta1())
                .isNaN();
        assertThat(metrics.add(new float[0], new float[0]).pixels()).isZero();
        assertThat(metrics.mean().absRel()).isNaN();
        metrics.add(new float[] {5, 5}, new float[] {1, 3});
        metrics.add(new float[] {1, 3}, new float[] {1, 3});
        assertThat(metrics.mean().absRel()).isCloseTo((1 + 1.0 / 3) / 4, EXACT);
        assertThat(metrics.images()).isEqualTo(2);
        assertThat(metrics.skipped()).isEqualTo(2);
    }

    @Test
    void partIsScoredWithTheAlignmentOfTheWhole() {
        float[] predicted = {1, 2, 3, 5};
        float[] truth = {2, 4, 6, 8};
        boolean[] part = {false, false, true, true};
        DepthMetrics.Score whole = new DepthMetrics().add(predicted, truth);
        DepthMetrics parts = new DepthMetrics();
        DepthMetrics.Score score = parts.add(predicted, truth, part, whole.alignment());
        assertThat(score.pixels()).isEqualTo(2);
        assertThat(score.alignment()).isEqualTo(whole.alignment());
        // The least squares line of the four is p * 52/35 + 32/35.
        assertThat(score.errors().absRel())
                .isCloseTo((Math.abs(188 / 35.0 - 6) / 6 + Math.abs(292 / 35.0 - 8) / 8) / 2, EXACT);
        assertThat(parts.mean()).isEqualTo(score.errors());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parts.add(predicted, truth, part, new DepthAlignment(0, Double.NaN)))
                .withMessageContaining("cannot be aligned");
    }

    @Test
    void impossibleImagesAreRefused() {
        DepthMetrics metrics = new DepthMetrics();
        assertThatIllegalArgumentException().isThrownBy(() -> metrics.add(new float[2], new float[3]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> metrics.add(new float[2], new float[2], new boolean[1]))
                .withMessageContaining("mask of 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> metrics.add(new float[] {1, Float.NaN}, new float[] {1, 2}))
                .withMessageContaining("pixel 1 is NaN");
        assertThat(metrics.images()).isZero();
        assertThatIllegalArgumentException().isThrownBy(() -> new DepthProtocol(DepthProtocol.Space.DEPTH, 0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new DepthProtocol(DepthProtocol.Space.DEPTH, 2, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DepthProtocol(DepthProtocol.Space.DISPARITY, 1, Double.POSITIVE_INFINITY));
    }

    @Test
    void levelsAreTheMeanOfTheChannels() {
        RgbImage picture = RgbImage.of(2, 1, new byte[] {-1, -1, -1, 0, 51, 0});
        assertThat(DepthMetrics.levels(picture)).containsExactly(1f, 51 / 765f);
    }

    @Test
    void tableNamesSevenFigures() {
        assertThat(DepthErrors.ZERO.table().rows()).hasSize(7);
        assertThat(DepthErrors.ZERO.table().rows().stream().filter(MetricTable.Row::higherIsBetter))
                .hasSize(3);
    }
}
