package dev.mmgen.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class CenterCropTest {

    private static RgbImage columns(int width, int height) {
        byte[] rgb = new byte[width * height * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i / 3 % width);
        }
        return RgbImage.of(width, height, rgb);
    }

    @Test
    void takesTheMiddleOfALongSide() {
        RgbImage crop = new CenterCrop(4).apply(columns(9, 4));
        assertThat(crop).isEqualTo(columns(9, 4).crop(2, 0, 4, 4));
    }

    @Test
    void halvesUntilShorterThanTwiceTheSize() {
        RgbImage image = columns(40, 17);
        RgbImage halved = image.resize(20, 8, Resampling.BOX).resize(10, 4, Resampling.BOX);
        assertThat(new CenterCrop(4).apply(image)).isEqualTo(halved.crop(3, 0, 4, 4));
    }

    @Test
    void roundsTheLongSideHalfToEven() {
        // 5 * 5 / 2 = 12.5 becomes 12
        RgbImage image = columns(5, 2);
        RgbImage scaled = image.resize(12, 5, Resampling.BICUBIC);
        assertThat(new CenterCrop(5).apply(image)).isEqualTo(scaled.crop(3, 0, 5, 5));
    }

    @Test
    void impossibleSizesAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new CenterCrop(0));
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> new CenterCrop(256).apply(columns(100_000, 1)))
                .withMessageContaining("limit");
    }
}
