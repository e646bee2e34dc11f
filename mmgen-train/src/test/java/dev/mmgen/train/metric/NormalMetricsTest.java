package dev.mmgen.train.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.image.RgbImage;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class NormalMetricsTest {

    /** Vectors in the x-z plane at these angles from z, in degrees. */
    private static float[] at(double... degrees) {
        float[] normals = new float[3 * degrees.length];
        for (int i = 0; i < degrees.length; i++) {
            normals[3 * i] = (float) Math.sin(Math.toRadians(degrees[i]));
            normals[3 * i + 2] = (float) Math.cos(Math.toRadians(degrees[i]));
        }
        return normals;
    }

    private static float[] forward(int pixels) {
        return at(DoubleStream.generate(() -> 0).limit(pixels).toArray());
    }

    @Test
    void knownAnglesHaveTheirFigures() {
        NormalScore score = new NormalMetrics().add(at(1, 6, 10, 20, 25, 90), forward(6));
        assertThat(score.mean()).isCloseTo(152.0 / 6, within(1e-5));
        assertThat(score.median()).isCloseTo(15, within(1e-5));
        assertThat(score.rmse()).isCloseTo(Math.sqrt((1 + 36 + 100 + 400 + 625 + 8100) / 6.0), within(1e-5));
        assertThat(score.shares()).containsExactly(1 / 6.0, 2 / 6.0, 3 / 6.0, 4 / 6.0, 5 / 6.0);
        assertThat(score.pixels()).isEqualTo(6);
    }

    @Test
    void lengthsOfNormalsDoNotMatter() {
        float[] predicted = {0, 0, 1e-20f, 3e20f, 0, 3e20f};
        NormalScore score = new NormalMetrics().add(predicted, new float[] {0, 0, 5, 1e-30f, 0, 0});
        assertThat(score.mean()).isCloseTo(22.5, within(1e-6));
    }

    @Test
    void tinyAndOppositeAnglesAreExact() {
        NormalScore small = new NormalMetrics().add(new float[] {1e-6f, 0, 1}, new float[] {0, 0, 1});
        assertThat(small.mean()).isCloseTo(Math.toDegrees(1e-6), within(1e-10));
        assertThat(new NormalMetrics()
                        .add(new float[] {0, 0, -2}, new float[] {0, 0, 1})
                        .mean())
                .isEqualTo(180);
        assertThat(new NormalMetrics()
                        .add(new float[] {.1f, .2f, .3f}, new float[] {.1f, .2f, .3f})
                        .mean())
                .isZero();
    }

    @Test
    void aZeroVectorIsAtARightAngle() {
        NormalScore score = new NormalMetrics().add(new float[6], new float[] {0, 0, 1, 0, 0, 0});
        assertThat(score.pixels()).isEqualTo(1);
        assertThat(score.mean()).isEqualTo(90);
        assertThat(score.shares()).containsOnly(0.0);
    }

    @Test
    void figuresOfNothingAreNaN() {
        NormalMetrics metrics = new NormalMetrics();
        NormalScore image = metrics.add(forward(2), new float[6]);
        assertThat(image.pixels()).isZero();
        assertThat(new double[] {
                    image.mean(), image.median(), image.rmse(), image.shares().getFirst()
                })
                .containsOnly(Double.NaN);
        assertThat(metrics.total().median()).isNaN();
        metrics.add(at(30), forward(1));
        assertThat(metrics.total().mean()).isCloseTo(30, within(1e-5));
    }

    @Test
    void totalIsOverPixels() {
        NormalMetrics metrics = new NormalMetrics();
        metrics.add(at(2, 4, 40), forward(3));
        metrics.add(at(12, 99, 99), forward(3), new boolean[] {true, false, false});
        NormalScore total = metrics.total();
        assertThat(total.pixels()).isEqualTo(4);
        assertThat(total.mean()).isCloseTo(14.5, within(1e-5));
        assertThat(total.median()).isCloseTo(8, within(0.01));
        assertThat(total.shares()).containsExactly(0.5, 0.5, 0.5, 0.75, 0.75);
        metrics.add(new float[] {0, 0, -1}, forward(1));
        assertThat(metrics.total().median()).isCloseTo(12, within(0.01));
    }

    @Test
    void normalsAreDecodedFromColours() {
        RgbImage picture = RgbImage.of(4, 1, new byte[] {-128, -128, -1, -1, 127, -128, 127, -128, 127, 0, 0, 0});
        float[] normals = NormalMetrics.decode(picture);
        float z = (float) (255 / Math.sqrt(255 * 255 + 2));
        assertThat(normals[2]).isEqualTo(z);
        assertThat(normals[3]).isEqualTo(z);
        assertThat(normals[4]).isEqualTo(-normals[5]).isNegative();
        assertThat(new float[] {normals[6], normals[7], normals[8]}).containsOnly(0);
        assertThat(normals[9]).isCloseTo((float) -Math.sqrt(1 / 3.0), within(1e-7f));
        assertThat(new NormalMetrics().add(picture, picture)).satisfies(score -> {
            assertThat(score.pixels()).isEqualTo(3);
            assertThat(score.mean()).isZero();
        });
    }

    @Test
    void impossibleImagesAreRefused() {
        NormalMetrics metrics = new NormalMetrics();
        assertThatIllegalArgumentException().isThrownBy(() -> metrics.add(new float[3], new float[6]));
        assertThatIllegalArgumentException().isThrownBy(() -> metrics.add(new float[4], new float[4]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> metrics.add(new float[] {0, Float.NaN, 1}, forward(1)))
                .withMessageContaining("pixel 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> metrics.add(RgbImage.of(1, 2, new byte[6]), RgbImage.of(2, 1, new byte[6])));
        assertThat(metrics.total().pixels()).isZero();
    }

    @Test
    void tableNamesThresholds() {
        assertThat(new NormalMetrics().add(at(6), forward(1)).table().toMarkdown())
                .contains("| normal < 5° | 0.0000 | % | higher |")
                .contains("| normal < 7.5° | 100.0000 | % | higher |")
                .contains("| normal mean | 6.0000 | ° | lower |");
    }
}
