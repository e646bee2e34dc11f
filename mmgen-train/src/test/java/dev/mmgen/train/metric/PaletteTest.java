package dev.mmgen.train.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.image.RgbImage;
import org.junit.jupiter.api.Test;

class PaletteTest {

    private static final RgbImage PICTURE = RgbImage.of(4, 1, new byte[] {-6, 3, 9, 0, -1, 0, 20, 20, 20, 0, -1, 0});

    @Test
    void pixelTakesTheNearestColour() {
        Palette palette = Palette.of(0x000000, 0xff0000, 0x00ff00, 0x0000ff);
        assertThat(palette.labels(PICTURE)).containsExactly(1, 2, 0, 2);
        assertThat(palette.size()).isEqualTo(4);
        assertThat(palette.colour(2)).isEqualTo(0x00ff00);
    }

    @Test
    void firstOfEquallyNearColoursIsTaken() {
        RgbImage middle = RgbImage.of(1, 1, new byte[] {10, 0, 0});
        assertThat(Palette.of(0x140000, 0x000000).labels(middle)).containsExactly(0);
        assertThat(Palette.of(0x000000, 0x140000).labels(middle)).containsExactly(0);
    }

    @Test
    void paletteHoldsTheColoursOfAPicture() {
        Palette palette = Palette.distinct(PICTURE, 3);
        assertThat(palette.size()).isEqualTo(3);
        assertThat(palette.colour(0)).isEqualTo(0xfa0309);
        assertThat(palette.labels(PICTURE)).containsExactly(0, 1, 2, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Palette.distinct(PICTURE, 2))
                .withMessageContaining("more than 2 colours");
    }

    @Test
    void brokenPalettesAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Palette.of());
        assertThatIllegalArgumentException().isThrownBy(() -> Palette.of(1, 2, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> Palette.of(0x1000000));
    }
}
