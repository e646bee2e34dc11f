package dev.mmgen.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

class RgbImageTest {

    private static final RgbImage TWO_BY_ONE = RgbImage.of(2, 1, new byte[] {1, 2, 3, (byte) 255, 0, (byte) 128});

    @Test
    void pixelsAreRowMajorRgb() {
        assertThat(TWO_BY_ONE.pixel(0, 0)).isEqualTo(0x010203);
        assertThat(TWO_BY_ONE.pixel(1, 0)).isEqualTo(0xff0080);
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> TWO_BY_ONE.pixel(2, 0));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> TWO_BY_ONE.pixel(0, -1));
    }

    @Test
    void cannotBeChangedFromOutside() {
        byte[] rgb = {1, 2, 3};
        RgbImage image = RgbImage.of(1, 1, rgb);
        rgb[0] = 9;
        image.rgb()[1] = 9;
        image.toBufferedImage().setRGB(0, 0, 0);
        assertThat(image.rgb()).containsExactly(1, 2, 3);
    }

    @Test
    void equalityIsOfSizeAndPixels() {
        byte[] rgb = {1, 2, 3, 4, 5, 6};
        assertThat(RgbImage.of(2, 1, rgb))
                .isEqualTo(RgbImage.of(2, 1, rgb))
                .hasSameHashCodeAs(RgbImage.of(2, 1, rgb))
                .isNotEqualTo(RgbImage.of(1, 2, rgb))
                .isNotEqualTo(TWO_BY_ONE)
                .hasToString("RgbImage[2x1]");
    }

    @Test
    void refusesWrongSizes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RgbImage.of(2, 2, new byte[3]))
                .withMessageContaining("12");
        assertThatIllegalArgumentException().isThrownBy(() -> RgbImage.of(0, 1, new byte[0]));
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> RgbImage.of(65536, 65536, new byte[0]))
                .withMessageContaining("limit");
    }

    @Test
    void cropsAndJoins() {
        RgbImage left = TWO_BY_ONE.crop(0, 0, 1, 1);
        RgbImage right = TWO_BY_ONE.crop(1, 0, 1, 1);
        assertThat(left.pixel(0, 0)).isEqualTo(0x010203);
        assertThat(left.beside(right)).isEqualTo(TWO_BY_ONE);
        assertThat(right.beside(left, right).rgb()).containsExactly(-1, 0, -128, 1, 2, 3, -1, 0, -128);
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> TWO_BY_ONE.crop(1, 0, 2, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> left.beside(RgbImage.of(1, 2, new byte[6])));
    }

    @Test
    void bufferedImagesRoundTrip() {
        assertThat(TWO_BY_ONE.toBufferedImage().getRGB(1, 0)).isEqualTo(0xffff0080);
        assertThat(RgbImage.of(TWO_BY_ONE.toBufferedImage())).isEqualTo(TWO_BY_ONE);
    }

    @Test
    void transparencyOfBufferedImagesIsLaidOverWhite() {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0x800000ff);
        assertThat(RgbImage.of(image).pixel(0, 0)).isEqualTo(0x7f7fff);

        BufferedImage premultiplied = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB_PRE);
        premultiplied.setRGB(0, 0, 0x800000ff);
        assertThat(RgbImage.of(premultiplied).pixel(0, 0)).isEqualTo(0x7f7fff);
        assertThat(premultiplied.isAlphaPremultiplied()).isTrue();
    }

    @Test
    void greyLevelsOfBufferedImagesStayAsTheyAre() {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setSample(0, 0, 0, 100);
        assertThat(RgbImage.of(image).pixel(0, 0)).isEqualTo(0x646464);
    }
}
