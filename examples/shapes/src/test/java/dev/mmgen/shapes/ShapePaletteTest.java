package dev.mmgen.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.image.RgbImage;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ShapePaletteTest {

    /** A third of the least distance of two colours, in every channel. */
    private static final int WRONG = 30;

    @ParameterizedTest
    @EnumSource
    void thereIsAColourForEveryLabel(ShapesWorld edition) {
        assertThat(edition.palette().size())
                .isEqualTo(edition.labels())
                .isEqualTo(Rendering.FIRST_OBJECT + edition.categories().size());
    }

    @ParameterizedTest
    @EnumSource
    void labelsAreReadBackFromAPictureThatIsALittleWrong(ShapesWorld edition) {
        ShapePalette palette = edition.palette();
        SplittableRandom random = new SplittableRandom(1);
        int[] labels = random.ints(4096, 0, palette.size()).toArray();
        byte[] rgb = palette.paint(labels, 64, 64).rgb();
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) Math.clamp((rgb[i] & 0xff) + random.nextInt(-WRONG, WRONG + 1), 0, 255);
        }

        assertThat(palette.labels(RgbImage.of(64, 64, rgb))).isEqualTo(labels);
    }

    @ParameterizedTest
    @EnumSource
    void coloursLieFarApart(ShapesWorld edition) {
        ShapePalette palette = edition.palette();
        for (int a = 0; a < palette.size(); a++) {
            for (int b = 0; b < a; b++) {
                assertThat(distance(palette.colour(a), palette.colour(b))).isGreaterThan(100);
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

    @ParameterizedTest
    @EnumSource
    void otherLabelsHaveNoColour(ShapesWorld edition) {
        ShapePalette palette = edition.palette();
        assertThatThrownBy(() -> palette.colour(palette.size()))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("has no colour");
        assertThatThrownBy(() -> palette.paint(new int[] {-1}, 1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
