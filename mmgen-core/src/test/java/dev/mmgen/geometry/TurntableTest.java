package dev.mmgen.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.image.RgbImage;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurntableTest {

    private static final byte FULL = (byte) 255;

    /** A red square before a larger green one, both facing the viewer. */
    private static final TriangleMesh SQUARES = new TriangleMesh(
            new float[] {
                -1, -1, 0.5f, 1, -1, 0.5f, 1, 1, 0.5f, -1, 1, 0.5f, -2, -2, -0.5f, 2, -2, -0.5f, 2, 2, -0.5f, -2, 2,
                -0.5f
            },
            new float[] {0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1},
            new byte[] {FULL, 0, 0, FULL, 0, 0, FULL, 0, 0, FULL, 0, 0, 0, FULL, 0, 0, FULL, 0, 0, FULL, 0, 0, FULL, 0},
            new int[] {0, 1, 2, 0, 2, 3, 4, 5, 6, 4, 6, 7});

    private static final Turntable STRAIGHT = Turntable.DEFAULT
            .withSize(64)
            .withFrames(4)
            .fullCircle()
            .withElevation(0)
            .withShading(0);

    @Test
    void theNearerHidesTheFarther() {
        RgbImage front = STRAIGHT.render(SQUARES).getFirst();
        assertThat(front.pixel(32, 32)).isEqualTo(0xff0000);
        assertThat(front.pixel(14, 32)).isEqualTo(0x00ff00);
        assertThat(front.pixel(0, 0) >> 16).isGreaterThan(200);
        int share = count(front, 0xff0000);
        assertThat(share).isBetween(550, 650);
        RgbImage back = STRAIGHT.render(SQUARES).get(2);
        assertThat(count(back, 0xff0000)).isZero();
        assertThat(back.pixel(32, 32) >> 8 & 0xff).isBetween(100, 200);
    }

    private static int count(RgbImage picture, int colour) {
        int count = 0;
        for (int i = 0; i < picture.width() * picture.height(); i++) {
            count += picture.pixel(i % picture.width(), i / picture.width()) == colour ? 1 : 0;
        }
        return count;
    }

    @Test
    void theViewerGoesRightAndUp() {
        Turntable swinging = STRAIGHT.withSwing(90);
        RgbImage fromTheRight = swinging.render(SQUARES).get(1);
        // From the right, what is nearer moves left before what is behind.
        assertThat(middle(fromTheRight, 0xff0000)).isLessThan(middle(fromTheRight, 0x00ff00));
        assertThat(swinging.render(SQUARES).getFirst())
                .isEqualTo(swinging.render(SQUARES).get(2));
    }

    private static double middle(RgbImage picture, int colour) {
        double sum = 0;
        for (int i = 0; i < picture.width() * picture.height(); i++) {
            sum += picture.pixel(i % picture.width(), i / picture.width()) == colour ? i % picture.width() : 0;
        }
        return sum / count(picture, colour);
    }

    @Test
    void lightShapesClay() {
        TriangleMesh away = new TriangleMesh(
                SQUARES.positions(),
                new float[] {1, 0, 0.1f, 1, 0, 0.1f, 1, 0, 0.1f, 1, 0, 0.1f, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1},
                SQUARES.colours(),
                SQUARES.triangles());
        RgbImage clay = STRAIGHT.clay().render(away).getFirst();
        assertThat(clay.pixel(32, 32) & 0xff).isLessThan(clay.pixel(14, 32) & 0xff);
    }

    @Test
    void pointsAndStripsAreDrawn() {
        TriangleMesh points = new TriangleMesh(SQUARES.positions(), SQUARES.normals(), SQUARES.colours(), new int[0]);
        RgbImage picture = STRAIGHT.render(points).getFirst();
        assertThat(picture).isNotEqualTo(STRAIGHT.render(SQUARES).getFirst());
        RgbImage strip = Turntable.DEFAULT.withSize(20).strip(SQUARES);
        assertThat(strip).hasToString("RgbImage[120x20]");
        TriangleMesh dot = new TriangleMesh(new float[3], new float[] {0, 0, 1}, new byte[3], new int[0]);
        assertThat(STRAIGHT.render(dot).getFirst().pixel(32, 32)).isZero();
    }

    @Test
    void emptyMeshesAndNumbersOutOfRangeAreRefused() {
        TriangleMesh nothing = new TriangleMesh(new float[0], new float[0], new byte[0], new int[0]);
        assertThatIllegalArgumentException().isThrownBy(() -> STRAIGHT.render(nothing));
        assertThatIllegalArgumentException().isThrownBy(() -> STRAIGHT.withFrames(0));
        assertThatIllegalArgumentException().isThrownBy(() -> STRAIGHT.withSwing(Double.NaN));
        assertThat(List.of(
                        STRAIGHT.withSize(8).render(SQUARES).size(),
                        STRAIGHT.withFrames(3).render(SQUARES).size()))
                .containsExactly(4, 3);
    }
}
