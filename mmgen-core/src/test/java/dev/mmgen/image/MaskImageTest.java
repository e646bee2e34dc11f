package dev.mmgen.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MaskImageTest {

    private static MaskImage read(String name) throws IOException {
        try (InputStream in = MaskImageTest.class.getResourceAsStream("/cases/" + name)) {
            return MaskImage.read(in);
        }
    }

    private static MaskImage read(BufferedImage image) throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return MaskImage.read(png.toByteArray());
    }

    private static BufferedImage grey(int type, int... levels) {
        BufferedImage image = new BufferedImage(levels.length, 1, type);
        image.getRaster().setSamples(0, 0, levels.length, 1, 0, levels);
        return image;
    }

    @Test
    void aPaintLayerSelectsWhereItIsOpaque() throws IOException {
        MaskImage mask = read("m_canvas.png");
        assertThat(mask.count()).isBetween(1, 64 * 64 / 4);
        BufferedImage onBlack = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        try (InputStream in = getClass().getResourceAsStream("/cases/m_canvas.png")) {
            onBlack.createGraphics().drawImage(ImageIO.read(in), 0, 0, null);
        }
        assertThat(read(onBlack).toRgbImage()).isEqualTo(mask.toRgbImage());
    }

    @Test
    void levels0And1AreAMask() throws IOException {
        MaskImage mask = read("m01.png");
        assertThat(mask.count()).isBetween(1, 64 * 64 - 1);
        assertThat(mask.isSelected(0, 0)).isFalse();
        assertThat(mask.isSelected(32, 32)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "0 1 0, .#.",
        "0 77 77, .##",
        "0 127 128 255, ..##",
        "200 255, ##",
        "100 200, .#",
        "255 255, ##",
    })
    void anyLevelAboveZeroSelectsWhereThereAreTwo(String levels, String expected) throws IOException {
        int[] numbers =
                Arrays.stream(levels.split(" ")).mapToInt(Integer::parseInt).toArray();
        MaskImage mask = read(grey(BufferedImage.TYPE_BYTE_GRAY, numbers));
        for (int x = 0; x < numbers.length; x++) {
            assertThat(mask.isSelected(x, 0)).isEqualTo(expected.charAt(x) == '#');
        }
    }

    @Test
    void sixteenBitMasksOfLevels0And1AreMasks() throws IOException {
        MaskImage mask = read(grey(BufferedImage.TYPE_USHORT_GRAY, 0, 1, 0, 1));
        assertThat(mask).hasToString("MaskImage[4x1, 2 selected]");
    }

    @Test
    void anOpaquePictureWithAlphaIsReadByItsLevels() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0xff000000);
        image.setRGB(1, 0, 0xffffffff);
        assertThat(read(image)).hasToString("MaskImage[2x1, 1 selected]");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100})
    void aMaskThatSelectsNothingIsRefused(int level) {
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> read(grey(BufferedImage.TYPE_BYTE_GRAY, level, level)))
                .withMessageContaining("selects nothing")
                .withMessageContaining("white");
        byte[] rgb = new byte[12];
        Arrays.fill(rgb, (byte) level);
        assertThatExceptionOfType(ImageException.class).isThrownBy(() -> MaskImage.of(RgbImage.of(2, 2, rgb)));
    }

    @Test
    void aFullyTransparentMaskIsRefused() {
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> read(new BufferedImage(3, 3, BufferedImage.TYPE_INT_ARGB)))
                .withMessageContaining("selects nothing");
    }

    /** A small file whose head claims 2 thousand million pixels: it is refused before memory is taken for them. */
    @Test
    void aHostileFileIsRefusedWhenItsOpaquePixelsAreAskedFor(@TempDir Path folder) throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(4, 4, BufferedImage.TYPE_INT_ARGB), "png", png);
        byte[] file = png.toByteArray();
        ByteBuffer head = ByteBuffer.wrap(file);
        head.putInt(16, 50_000).putInt(20, 50_000);
        CRC32 sum = new CRC32();
        sum.update(file, 12, 17);
        head.putInt(29, (int) sum.getValue());
        Path hostile = folder.resolve("hostile.png");
        Files.write(hostile, file);
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> MaskImage.opaque(hostile))
                .withMessageContaining("hostile.png");
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> ImageSize.of(hostile))
                .withMessageContaining("hostile.png");
        Files.write(hostile, Arrays.copyOf(png.toByteArray(), 40));
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> MaskImage.opaque(hostile))
                .withMessageContaining("hostile.png");
    }
}
