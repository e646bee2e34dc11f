package dev.mmgen.train.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SegmentationMetricsTest {

    private static final Offset<Double> EXACT = within(1e-12);

    @Test
    void fixedLabelsScoreAsComputedByHand() {
        SegmentationMetrics metrics = new SegmentationMetrics(4);
        // class 0: 1 of 2, class 1: 1 of 3, class 2: predicted only, class 3: nowhere
        SegmentationScore score = metrics.add(new int[] {0, 1, 1, 2}, new int[] {0, 0, 1, 1});
        assertThat(metrics.classIou().subList(0, 3)).containsExactly(0.5, 1.0 / 3, 0.0);
        assertThat(metrics.classIou().get(3)).isNaN();
        assertThat(score.meanIou()).isCloseTo((0.5 + 1.0 / 3) / 3, EXACT);
        assertThat(score.accuracy()).isEqualTo(0.5);
        assertThat(score.truthSegments()).isEqualTo(2);
        assertThat(score.predictedSegments()).isEqualTo(3);
    }

    @Test
    void totalSumsBeforeItDivides() {
        SegmentationMetrics metrics = new SegmentationMetrics(2);
        metrics.add(new int[] {0, 0, 0}, new int[] {0, 0, 1});
        metrics.add(new int[] {1}, new int[] {1});
        assertThat(metrics.classIou()).containsExactly(2.0 / 3, 0.5);
        assertThat(metrics.total().accuracy()).isEqualTo(0.75);
        assertThat(metrics.total().pixels()).isEqualTo(4);
    }

    @Test
    void pixelsWithNegativeLabelsDoNotCount() {
        SegmentationMetrics metrics = new SegmentationMetrics(1);
        SegmentationScore score = metrics.add(new int[] {0, -1, 0}, new int[] {0, 0, -7});
        assertThat(score.pixels()).isEqualTo(2);
        assertThat(score.meanIou()).isEqualTo(0.5);
        assertThat(metrics.add(new int[] {0}, new int[] {-1}).meanIou()).isNaN();
        assertThat(new SegmentationMetrics(3).total().accuracy()).isNaN();
    }

    @Test
    void matchedLabelsNeedNotBeEqual() {
        MatchedSegmentationMetrics metrics = new MatchedSegmentationMetrics();
        SegmentationScore score = metrics.add(new int[] {9, 9, 700, 4}, new int[] {0, 0, 1, 2});
        assertThat(score.meanIou()).isEqualTo(1);
        assertThat(score.accuracy()).isEqualTo(1);
    }

    @Test
    void matchingTakesTheBestSumNotTheBestFirst() {
        // IoU: a-x 2/6, a-y 2/4, b-x 0, b-y 2/4: greedy may take a-y, leaving b with nothing
        int[] truth = {0, 0, 0, 0, 1, 1, -1};
        int[] predicted = {5, 5, 6, 6, 6, 6, 5};
        SegmentationScore score = new MatchedSegmentationMetrics().add(predicted, truth);
        assertThat(score.meanIou()).isCloseTo((2.0 / 4 + 2.0 / 4) / 2, EXACT);
        assertThat(score.accuracy()).isCloseTo(4.0 / 6, EXACT);
        assertThat(score.pixels()).isEqualTo(6);
    }

    @Test
    void trueSegmentsWithoutPartnerCountZero() {
        MatchedSegmentationMetrics metrics = new MatchedSegmentationMetrics();
        assertThat(metrics.add(new int[] {0, 0, 0, 0}, new int[] {0, 1, 2, 3}).meanIou())
                .isEqualTo(1.0 / 16);
        assertThat(metrics.add(new int[] {0, 1, 2, 3}, new int[] {0, 0, 0, 0}).meanIou())
                .isEqualTo(0.25);
        assertThat(metrics.add(new int[] {-1, -1}, new int[] {3, 4}).meanIou()).isZero();
        assertThat(metrics.mean().meanIou()).isCloseTo((1.0 / 16 + 0.25) / 3, EXACT);
        assertThat(metrics.mean().truthSegments()).isCloseTo(7.0 / 3, EXACT);
        assertThat(metrics.images()).isEqualTo(3);
    }

    @Test
    void imagesWithoutValidPixelsAreLeftOut() {
        MatchedSegmentationMetrics metrics = new MatchedSegmentationMetrics();
        assertThat(metrics.mean().meanIou()).isNaN();
        assertThat(metrics.add(new int[] {1}, new int[] {-1}).meanIou()).isNaN();
        metrics.add(new int[] {1}, new int[] {1});
        assertThat(metrics.mean().meanIou()).isEqualTo(1);
        assertThat(metrics.skipped()).isEqualTo(1);
    }

    @Test
    void impossibleImagesAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new SegmentationMetrics(0));
        assertThatIllegalArgumentException().isThrownBy(() -> new SegmentationMetrics(2).add(new int[1], new int[2]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SegmentationMetrics(2).add(new int[] {2}, new int[] {0}))
                .withMessageContaining("predicted label 2");
        int[] many = IntStream.rangeClosed(0, MatchedSegmentationMetrics.MAX_SEGMENTS)
                .toArray();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MatchedSegmentationMetrics().add(many, many))
                .withMessageContaining("Palette");
    }
}
