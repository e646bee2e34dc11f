package dev.mmgen.modality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mmgen.image.GreyImage;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.ImageFormat;
import dev.mmgen.image.RgbImage;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DepthCodingTest {

    @TempDir
    private Path folder;

    private static byte[] millimetres() throws IOException {
        try (InputStream in = DepthCodingTest.class.getResourceAsStream("/cases/depth_mm.png")) {
            return in.readAllBytes();
        }
    }

    private static byte[] png(int type, int... levels) throws IOException {
        BufferedImage image = new BufferedImage(levels.length, 1, type);
        image.getRaster().setSamples(0, 0, levels.length, 1, 0, levels);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return bytes.toByteArray();
    }

    @Test
    void millimetresAreInvertedAndScaled() throws IOException {
        GreyImage stored = GreyImage.read(millimetres());
        assertThat(stored.maximum()).isEqualTo(65_535);
        RgbImage depth = DepthCoding.DISTANCE.read(millimetres());
        int[] distances = stored.levels();
        byte[] rgb = depth.rgb();
        int near = Integer.MAX_VALUE;
        int far = 0;
        for (int distance : distances) {
            near = distance == 0 ? near : Math.min(near, distance);
            far = Math.max(far, distance);
        }
        for (int i = 0; i < distances.length; i++) {
            double nearness = distances[i] == 0 ? 0 : (1.0 / distances[i] - 1.0 / far) / (1.0 / near - 1.0 / far);
            assertThat(rgb[3 * i] & 0xff).isEqualTo((int) Math.round(255 * nearness));
        }
        assertThat(rgb).contains((byte) 255, (byte) 0);
    }

    @Test
    void millimetresTakenForRelativeDepthAreRefusedByName() throws IOException {
        Path file = Files.write(folder.resolve("depth_mm.png"), millimetres());
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> Modality.DEPTH.read(file))
                .withMessageContaining("depth_mm.png")
                .withMessageContaining("millimetres")
                .withMessageContaining("DISTANCE");
        assertThat(Modality.RGB.read(file).width()).isEqualTo(64);
    }

    @Test
    void relativeDepthKeepsItsLevels() throws IOException {
        RgbImage tinted = RgbImage.of(2, 1, new byte[] {10, 11, 9, 100, 101, 99});
        byte[] file = tinted.encoded(ImageFormat.PNG);
        assertThat(DepthCoding.NEAR_IS_WHITE.read(file)).isEqualTo(tinted);
        assertThat(DepthCoding.NEAR_IS_WHITE.read(new ByteArrayInputStream(file)))
                .isEqualTo(tinted);
        assertThat(DepthCoding.NEAR_IS_WHITE
                        .read(png(BufferedImage.TYPE_USHORT_GRAY, 0, 0x8080, 65_535))
                        .rgb())
                .containsExactly(0, 0, 0, 128, 128, 128, 255, 255, 255);
    }

    @Test
    void farInWhiteIsTurnedOver() throws IOException {
        assertThat(DepthCoding.FAR_IS_WHITE
                        .read(png(BufferedImage.TYPE_BYTE_GRAY, 0, 100, 255))
                        .rgb())
                .containsExactly(255, 255, 255, 155, 155, 155, 0, 0, 0);
    }

    @Test
    void pixelsThatACameraDidNotMeasureAreFarthest() throws IOException {
        assertThat(DepthCoding.DISTANCE
                        .read(png(BufferedImage.TYPE_USHORT_GRAY, 0, 500, 1000))
                        .rgb())
                .containsExactly(0, 0, 0, 255, 255, 255, 0, 0, 0);
    }

    @Test
    void depthOfOneLevelIsRefused() throws IOException {
        byte[] flat = png(BufferedImage.TYPE_BYTE_GRAY, 7, 7, 7);
        byte[] holes = png(BufferedImage.TYPE_USHORT_GRAY, 0, 700, 700);
        for (DepthCoding coding : DepthCoding.values()) {
            assertThatExceptionOfType(ImageException.class)
                    .isThrownBy(() -> coding.read(flat))
                    .withMessageContaining("tells no depth");
        }
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> DepthCoding.DISTANCE.read(holes))
                .withMessageContaining("tells no depth");
    }
}
