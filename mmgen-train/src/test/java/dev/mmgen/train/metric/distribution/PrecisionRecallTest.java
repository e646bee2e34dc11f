package dev.mmgen.train.metric.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TensorLeakCheck.class)
class PrecisionRecallTest {

    private static FeatureSet line(float... places) {
        FeatureSet set = new FeatureSet(1);
        set.add(places);
        return set;
    }

    @Test
    void radiiEqualThoseComputedByHand() {
        FeatureSet set = line(0, 1, 3, 7);
        assertThat(PrecisionRecall.squaredRadii(set, 1)).containsExactly(1, 1, 4, 16);
        assertThat(PrecisionRecall.squaredRadii(set, 2)).containsExactly(9, 4, 9, 36);
        assertThat(PrecisionRecall.squaredRadii(line(5, 5, 5, 6), 2)).containsExactly(0, 0, 0, 1);
    }

    @Test
    void figuresEqualThoseComputedByHand() {
        // real balls (k = 1): [-1, 1], [0, 2], [8, 12], [10, 14]
        FeatureSet real = line(0, 1, 10, 12);
        FeatureSet generated = line(0.5f, 0.5f, 7, 20);
        // generated: radii 0, 0, 6.5, 13: balls {.5}, {.5}, [.5, 13.5], [7, 33]
        assertThat(PrecisionRecall.between(real, generated, 1)).isEqualTo(new PrecisionRecall(0.5, 0.75));
    }

    @Test
    void equalSetsCoverEachOther() {
        FeatureSet set = random(5, 100, 8, 0);
        assertThat(PrecisionRecall.between(set, set)).isEqualTo(new PrecisionRecall(1, 1));
    }

    @Test
    void distantSetsDoNotCoverEachOther() {
        assertThat(PrecisionRecall.between(random(5, 70, 8, 0), random(6, 70, 8, 100)))
                .isEqualTo(new PrecisionRecall(0, 0));
    }

    @Test
    void modeCollapseCostsRecallOnly() {
        FeatureSet real = random(7, 90, 4, 0);
        FeatureSet generated = new FeatureSet(4);
        for (int i = 0; i < 90; i++) {
            generated.add(real.row(0));
        }
        PrecisionRecall figures = PrecisionRecall.between(real, generated);
        assertThat(figures.precision()).isEqualTo(1);
        assertThat(figures.recall()).isEqualTo(1 / 90.0);
    }

    @Test
    void equalsTheDefinitionAcrossBlocks() {
        FeatureSet real = random(8, 75, 5, 0);
        FeatureSet generated = random(9, 50, 5, 0.7);
        PrecisionRecall figures = PrecisionRecall.between(real, generated, 3);
        assertThat(figures).isEqualTo(new PrecisionRecall(covered(generated, real, 3), covered(real, generated, 3)));
        assertThat(figures.precision()).isStrictlyBetween(0.0, 1.0);
        assertThat(figures.recall()).isStrictlyBetween(0.0, 1.0);
    }

    private static double covered(FeatureSet points, FeatureSet centres, int k) {
        int covered = 0;
        for (int i = 0; i < points.size(); i++) {
            boolean inside = false;
            for (int c = 0; c < centres.size(); c++) {
                double[] others = new double[(int) centres.size()];
                for (int o = 0; o < others.length; o++) {
                    others[o] = distance(centres.row(c), centres.row(o));
                }
                Arrays.sort(others);
                inside |= distance(points.row(i), centres.row(c)) <= others[k];
            }
            covered += inside ? 1 : 0;
        }
        return (double) covered / points.size();
    }

    private static double distance(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
        }
        return sum;
    }

    private static FeatureSet random(long seed, int rows, int width, double offset) {
        Random random = new Random(seed);
        FeatureSet set = new FeatureSet(width);
        for (int i = 0; i < rows; i++) {
            float[] row = new float[width];
            for (int j = 0; j < width; j++) {
                row[j] = (float) (random.nextGaussian() + offset);
            }
            set.add(row);
        }
        return set;
    }

    @Test
    void takesTensors() {
        FeatureSet set = new FeatureSet(2);
        try (Tensor features = Torch.tensor(new double[] {1, 2, 3, 4}, 2, 2)) {
            set.add(features);
        }
        assertThat(set.row(1)).containsExactly(3, 4);
    }

    @Test
    void setsThatCannotBeComparedAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PrecisionRecall.between(line(1, 2, 3), line(1, 2, 3, 4)))
                .withMessageContaining("3 real and 4 generated");
        assertThatIllegalArgumentException().isThrownBy(() -> PrecisionRecall.between(line(1, 2), line(1, 2), 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PrecisionRecall.between(line(1, 2), random(1, 2, 3, 0), 1))
                .withMessageContaining("width");
        assertThatIllegalArgumentException().isThrownBy(() -> line(1, Float.POSITIVE_INFINITY));
    }
}
