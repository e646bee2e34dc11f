package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.image.ImageException;
import dev.mmgen.image.RgbImage;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TensorLeakCheck.class)
class MaskTest {

    @Test
    void aRectangleAPredicateAndAPictureMakeTheSameMask() {
        Mask rectangle = Mask.none(8, 6).withRectangle(2, 1, 3, 4);
        Mask predicate = Mask.where(8, 6, (x, y) -> x >= 2 && x < 5 && y >= 1 && y < 5);
        assertThat(rectangle)
                .isEqualTo(predicate)
                .isEqualTo(Mask.of(rectangle.toPicture()))
                .hasSameHashCodeAs(predicate)
                .hasToString("Mask[12 of 8 x 6 pixels]");
        assertThat(rectangle.contains(4, 4)).isTrue();
        assertThat(rectangle.contains(5, 4)).isFalse();
        assertThat(rectangle)
                .isNotEqualTo(Mask.none(8, 6))
                .isNotEqualTo(Mask.none(6, 8).withRectangle(2, 1, 3, 4));
    }

    @Test
    void rectanglesAddUpAndInvertingTurnsThemOver() {
        Mask both = Mask.none(4, 4).withRectangle(0, 0, 2, 2).withRectangle(1, 1, 2, 2);
        assertThat(both.size()).isEqualTo(7);
        assertThat(both.inverted().size()).isEqualTo(9);
        assertThat(both.inverted().contains(3, 3)).isTrue();
        assertThat(both.inverted().inverted()).isEqualTo(both);
    }

    @Test
    void boundsAreTheSmallestBoxAroundAllParts() {
        Mask mask = Mask.none(20, 10).withRectangle(12, 3, 2, 1).withRectangle(5, 7, 1, 2);
        assertThat(mask.bounds()).isEqualTo(new Placement.Box(5, 3, 9, 6));
        assertThat(Mask.none(4, 3).inverted().bounds()).isEqualTo(new Placement.Box(0, 0, 4, 3));
        assertThatThrownBy(Mask.none(4, 3)::bounds).hasMessageContaining("selects none of them");
    }

    @Test
    void aPictureSelectsItsBrightPixels() {
        byte[] grey = {0, 0, 0, 127, 127, 127, (byte) 128, (byte) 128, (byte) 128};
        Mask mask = Mask.of(RgbImage.of(3, 1, grey));
        assertThat(mask).isEqualTo(Mask.none(3, 1).withRectangle(2, 0, 1, 1));
        assertThatExceptionOfType(ImageException.class).isThrownBy(() -> Mask.of(RgbImage.of(2, 1, new byte[6])));
    }

    @Test
    void aLatentPixelIsDrawnAnewIfTheRegionReachesOverIt() {
        try (TensorScope _ = TensorScope.open()) {
            var latents = Mask.none(8, 4).withRectangle(3, 0, 2, 1).latents(4);
            assertThat(latents.shape()).isEqualTo(Shape.of(1, 2));
            assertThat(latents.toFloats()).containsExactly(1, 1);
            assertThat(Mask.none(8, 4).withRectangle(4, 3, 1, 1).latents(4).toFloats())
                    .containsExactly(0, 1);
        }
    }

    @Test
    void restoringKeepsTheOriginalOutsideOfTheRegion() {
        RgbImage original = RgbImage.of(2, 1, new byte[] {1, 2, 3, 4, 5, 6});
        RgbImage drawn = RgbImage.of(2, 1, new byte[] {7, 8, 9, 10, 11, 12});
        assertThat(Mask.none(2, 1).withRectangle(1, 0, 1, 1).restore(original, drawn))
                .isEqualTo(RgbImage.of(2, 1, new byte[] {1, 2, 3, 10, 11, 12}));
    }

    @Test
    void placesOutsideOfTheMaskAreRefusedByName() {
        int[][] rectangles = {{-1, 0, 1, 1}, {0, -1, 1, 1}, {0, 0, 0, 1}, {0, 0, 1, 0}, {3, 0, 2, 1}, {0, 3, 1, 2}};
        for (int[] r : rectangles) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Mask.none(4, 4).withRectangle(r[0], r[1], r[2], r[3]))
                    .withMessageContainingAll("(" + r[0] + ", " + r[1] + ")", "4 x 4");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mask.none(1, 1).withRectangle(1, 0, Integer.MAX_VALUE, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> Mask.none(0, 4)).withMessageContaining("0 x 4");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mask.none(1 << 20, 1 << 20))
                .withMessageContaining("1048576 x 1048576");
        assertThatThrownBy(() -> Mask.none(4, 4).contains(4, 0))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("(4, 0)");
    }
}
