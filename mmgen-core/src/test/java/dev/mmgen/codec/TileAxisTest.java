package dev.mmgen.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class TileAxisTest {

    @Test
    void anImageWithinOneTileHasFullWeight() {
        TileAxis axis = TileAxis.of(7, new Tiling(8, 2));
        assertThat(axis.count()).isEqualTo(1);
        assertThat(axis.weights(0)).containsOnly(1f).hasSize(7);
    }

    @Test
    void weightsSumToOneEverywhereAndTilesOverlapEnough() {
        for (Tiling tiling : new Tiling[] {new Tiling(8, 0), new Tiling(8, 1), new Tiling(8, 2), new Tiling(8, 4)}) {
            for (int total = 1; total < 60; total++) {
                checkCover(TileAxis.of(total, tiling), tiling);
                checkCover(TileAxis.of(total, tiling).scaledUp(4), new Tiling(32, 4 * tiling.overlap()));
            }
        }
    }

    private static void checkCover(TileAxis axis, Tiling tiling) {
        double[] sums = new double[axis.total()];
        for (int tile = 0; tile < axis.count(); tile++) {
            float[] weights = axis.weights(tile);
            for (int i = 0; i < weights.length; i++) {
                assertThat(weights[i]).isBetween(0f, 1f);
                sums[axis.starts()[tile] + i] += weights[i];
            }
            if (tile > 0) {
                assertThat(axis.starts()[tile - 1] + axis.length() - axis.starts()[tile])
                        .isGreaterThanOrEqualTo(tiling.overlap());
            }
        }
        for (double sum : sums) {
            assertThat(sum).isCloseTo(1, within(1e-6));
        }
    }

    @Test
    void weightsAreLinearRamps() {
        TileAxis axis = TileAxis.of(6, new Tiling(4, 2));
        assertThat(axis.starts()).containsExactly(0, 2);
        assertThat(axis.weights(0)).containsExactly(1, 1, 0.75f, 0.25f);
        assertThat(axis.weights(1)).containsExactly(0.25f, 0.75f, 1, 1);
    }

    @Test
    void tilesOfImpossibleSizesAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Tiling(0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Tiling(8, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Tiling(8, 5));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tiling(12, 4).scaledDown(8))
                .withMessageContaining("multiples");
    }
}
