package dev.mmgen.train.label;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.image.RgbImage;
import java.util.function.IntBinaryOperator;
import org.junit.jupiter.api.Test;

class CannyEdgesTest {

    private static final int SIZE = 32;

    private static RgbImage draw(IntBinaryOperator level) {
        byte[] rgb = new byte[3 * SIZE * SIZE];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) level.applyAsInt(i / 3 % SIZE, i / 3 / SIZE);
        }
        return RgbImage.of(SIZE, SIZE, rgb);
    }

    private static int count(RgbImage edges) {
        int count = 0;
        for (int i = 0; i < SIZE * SIZE; i++) {
            int pixel = edges.pixel(i % SIZE, i / SIZE);
            assertThat(pixel).isIn(0, 0xffffff);
            count += pixel & 1;
        }
        return count;
    }

    @Test
    void stepOfLevelsIsALineOfOnePixel() {
        RgbImage upright = CannyEdges.DEFAULT.of(draw((x, _) -> x < 16 ? 50 : 200));
        assertThat(count(upright)).isEqualTo(SIZE);
        for (int y = 0; y < SIZE; y++) {
            assertThat(upright.pixel(15, y) | upright.pixel(16, y)).isEqualTo(0xffffff);
        }
        assertThat(count(CannyEdges.DEFAULT.of(draw((_, y) -> y < 16 ? 50 : 200))))
                .isEqualTo(SIZE);
        assertThat(count(CannyEdges.DEFAULT.of(draw((x, y) -> x < y ? 50 : 200))))
                .isBetween(SIZE - 2, 2 * SIZE);
        assertThat(count(CannyEdges.DEFAULT.of(draw((x, y) -> x + y < SIZE ? 50 : 200))))
                .isBetween(SIZE - 2, 2 * SIZE);
    }

    @Test
    void discHasAClosedRingOfEdges() {
        RgbImage edges = CannyEdges.DEFAULT.of(draw((x, y) -> Math.hypot(x - 15.5, y - 15.5) < 10 ? 220 : 30));
        assertThat(count(edges)).isBetween(50, 80);
        for (int i = 0; i < SIZE * SIZE; i++) {
            double radius = Math.hypot(i % SIZE - 15.5, i / SIZE - 15.5);
            if (edges.pixel(i % SIZE, i / SIZE) != 0) {
                assertThat(radius).isBetween(8.5, 11.5);
            }
        }
        for (int degrees = 0; degrees < 360; degrees += 15) {
            assertThat(meets(edges, Math.toRadians(degrees)))
                    .as("ring at %s degrees", degrees)
                    .isTrue();
        }
    }

    private static boolean meets(RgbImage edges, double angle) {
        boolean met = false;
        for (double radius = 8; radius < 12; radius += 0.1) {
            met |= edges.pixel((int) Math.round(15.5 + radius * Math.cos(angle)), (int)
                            Math.round(15.5 + radius * Math.sin(angle)))
                    != 0;
        }
        return met;
    }

    @Test
    void softSlopesAndFlatPicturesHaveNone() {
        assertThat(count(CannyEdges.DEFAULT.of(draw((x, _) -> 4 * x)))).isZero();
        assertThat(count(CannyEdges.DEFAULT.of(draw((_, _) -> 128)))).isZero();
        assertThat(CannyEdges.DEFAULT.of(RgbImage.of(1, 1, new byte[3])).pixel(0, 0))
                .isZero();
    }

    /** A step that fades from strong to weak stays whole; a weak step alone is none. */
    @Test
    void weakEdgesLiveByStrongOnes() {
        CannyEdges edges = new CannyEdges(0, 4, 20);
        RgbImage fading = edges.of(draw((x, y) -> x < 16 ? 100 : 110 + 4 * y));
        assertThat(fading.pixel(15, 1) | fading.pixel(16, 1)).isEqualTo(0xffffff);
        assertThat(count(edges.of(draw((x, _) -> x < 16 ? 100 : 116)))).isZero();
    }

    @Test
    void edgesOfColourAloneAreFound() {
        byte[] rgb = new byte[3 * SIZE * SIZE];
        for (int i = 0; i < SIZE * SIZE; i++) {
            rgb[3 * i + (i % SIZE < 16 ? 0 : 2)] = (byte) 200;
        }
        assertThat(count(CannyEdges.DEFAULT.of(RgbImage.of(SIZE, SIZE, rgb)))).isEqualTo(SIZE);
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CannyEdges(-1, 5, 12))
                .withMessageContaining("-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CannyEdges(1, 13, 12))
                .withMessageContaining("13");
        assertThatIllegalArgumentException().isThrownBy(() -> new CannyEdges(1, 0, 12));
        assertThatIllegalArgumentException().isThrownBy(() -> new CannyEdges(Double.NaN, 5, 12));
    }
}
