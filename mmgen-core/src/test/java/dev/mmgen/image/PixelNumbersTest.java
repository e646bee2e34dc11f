package dev.mmgen.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.image.Normalization.Channels;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@link Normalization}, {@link Quantization} and {@link ContactSheet}. */
class PixelNumbersTest {

    private static final RgbImage RED = RgbImage.of(1, 1, new byte[] {(byte) 255, 0, 0});
    private static final RgbImage BLUE = RgbImage.of(1, 1, new byte[] {0, 0, (byte) 255});

    @Test
    void channelsComeFirst() {
        assertThat(Normalization.SIGNED.apply(RED.beside(BLUE))).containsExactly(1, -1, -1, -1, -1, 1);
        assertThat(Quantization.ROUND.toRgbImage(new float[] {1, -1, -1, -1, -1, 1}, 2, 1))
                .isEqualTo(RED.beside(BLUE));
    }

    @Test
    void truncationAndRoundingDiffer() {
        float v = 2 * 100.6f / 255 - 1;
        assertThat(Quantization.TRUNCATE.toRgbImage(new float[] {v, v, v}, 1, 1).pixel(0, 0))
                .isEqualTo(0x646464);
        assertThat(Quantization.ROUND.toRgbImage(new float[] {v, v, v}, 1, 1).pixel(0, 0))
                .isEqualTo(0x656565);
    }

    @Test
    void everyLevelSurvivesTheRoundTrip() {
        byte[] rgb = new byte[256 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i / 3);
        }
        RgbImage levels = RgbImage.of(256, 1, rgb);
        assertThat(Quantization.ROUND.toRgbImage(Normalization.SIGNED.apply(levels), 256, 1))
                .isEqualTo(levels);
    }

    @Test
    void numbersOutsideAreClamped() {
        float[] wild = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN};
        for (Quantization quantization : Quantization.values()) {
            assertThat(quantization.toRgbImage(wild, 1, 1).pixel(0, 0)).isEqualTo(0xff0000);
        }
    }

    @Test
    void numbersOutOfRangeAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Quantization.ROUND.toRgbImage(new float[4], 1, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Normalization(new Channels(0, 0, 0), new Channels(1, 0, 1)));
        assertThatIllegalArgumentException().isThrownBy(() -> new Channels(Float.NaN, 0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new ContactSheet(0, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> ContactSheet.PREVIEW.of(List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> ContactSheet.PREVIEW.of(List.of(RED, RED.beside(RED))));
    }

    @Test
    void sheetsFillRowByRow() {
        RgbImage sheet = new ContactSheet(2, 1).of(List.of(RED, BLUE, BLUE));
        assertThat(sheet).hasToString("RgbImage[5x5]");
        assertThat(sheet.pixel(1, 1)).isEqualTo(0xff0000);
        assertThat(sheet.pixel(3, 1)).isEqualTo(0x0000ff);
        assertThat(sheet.pixel(1, 3)).isEqualTo(0x0000ff);
        assertThat(sheet.pixel(3, 3)).isZero();
        assertThat(ContactSheet.PREVIEW.of(List.of(RED))).isEqualTo(RED);
    }
}
