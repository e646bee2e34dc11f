package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MultiModalImageTest {

    private static final RgbImage BLACK = RgbImage.of(2, 1, new byte[6]);
    private static final RgbImage GREY = RgbImage.of(2, 1, new byte[] {9, 9, 9, 9, 9, 9});

    @Test
    void imagesAreEqualIfTheirPicturesAre() {
        MultiModalImage image = new MultiModalImage(Map.of(Modality.RGB, BLACK, Modality.DEPTH, GREY));
        Map<Modality, RgbImage> otherOrder = new LinkedHashMap<>();
        otherOrder.put(Modality.DEPTH, RgbImage.of(2, 1, GREY.rgb()));
        otherOrder.put(Modality.RGB, BLACK);
        assertThat(new MultiModalImage(otherOrder)).isEqualTo(image).hasSameHashCodeAs(image);
        assertThat(image)
                .isNotEqualTo(new MultiModalImage(Map.of(Modality.RGB, GREY, Modality.DEPTH, BLACK)))
                .isNotEqualTo(new MultiModalImage(Map.of(Modality.RGB, BLACK)))
                .isNotEqualTo(BLACK);
    }

    @Test
    void theTextNamesSizeAndModalities() {
        assertThat(new MultiModalImage(Map.of(Modality.DEPTH, GREY))).hasToString("MultiModalImage[2 x 1: depth]");
    }

    @Test
    void picturesOfOneSizeAreNeeded() {
        assertThatIllegalArgumentException().isThrownBy(() -> new MultiModalImage(Map.of()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MultiModalImage(
                        Map.of(Modality.RGB, BLACK, Modality.DEPTH, RgbImage.of(1, 2, new byte[6]))))
                .withMessageContainingAll("2x1", "1x2");
    }
}
