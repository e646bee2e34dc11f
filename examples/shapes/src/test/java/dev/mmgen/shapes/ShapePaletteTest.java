package dev.mmgen.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.image.RgbImage;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ShapePaletteTest {

    /** A third of the least distance of two colours, in every channel. */
    private static final int WRONG = 30;

    @Test
    void thereIsAColourForEveryLabel() {
        assertThat(ShapePalette.size()).isEqualTo(Rendering.FIRST_OBJECT + Category.values().length);
    }

    @Test
    void labelsAreReadBackFromAPictureThatIsALittleWrong() {
        SplittableRandom random = new SplittableRandom(1);
        int[] labels = random.ints(4096, 0, ShapePalette.size()).toArray();
        byte[] rgb = ShapePalette.paint(labels, 64, 64).rgb();
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) Math.clamp((rgb[i] & 0xff) + random.nextInt(-WRONG, WRONG + 1), 0, 255);
        }

        assertThat(ShapePalette.labels(RgbImage.of(64, 64, rgb))).isEqualTo(labels);
    }

    @Test
    void coloursLieFarApart() {
        for (int a = 0; a < ShapePalette.size(); a++) {
            for (int b = 0; b < a; b++) {
                assertThat(distance(ShapePalette.colour(a), ShapePalette.colour(b)))
                        .isGreaterThan(100);
            }
        }
    }

    private static double distance(int a, int b) {
        double square = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
            int difference = (a >> shift & 0xff) - (b >> shift & 0xff);
            square += difference * difference;
        }
        return Math.sqrt(square);
    }

    @Test
    void otherLabelsHaveNoColour() {
        assertThatThrownBy(() -> ShapePalette.colour(ShapePalette.size()))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> ShapePalette.paint(new int[] {-1}, 1, 1))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
