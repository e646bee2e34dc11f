package dev.mmgen.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ResamplingTest {

    /** A picture of {@code 47 x 31} with hard edges, by a formula. */
    private static RgbImage picture() {
        int width = 47;
        int height = 31;
        byte[] rgb = new byte[width * height * 3];
        for (int i = 0; i < rgb.length; i++) {
            int x = i / 3 % width;
            int y = i / 3 / width;
            int c = i % 3;
            rgb[i] = (byte) (x * x * 3 + y * y * 5 + x * y * 7 * (c + 1) + c * 85);
        }
        return RgbImage.of(width, height, rgb);
    }

    /** The start of the pixels' SHA-256, from Pillow 12.3.0. */
    @ParameterizedTest
    @CsvSource({
        "BOX, 20, 13, 91344b23946ef529", "BOX, 64, 90, ecdadf6067e644a5", "BOX, 47, 9, 420bc62aa234395d",
        "BILINEAR, 20, 13, 7853e5884097fa60", "BILINEAR, 64, 90, ff45754f54c711df", "BILINEAR, 47, 9, 1c6ad1dd6e09d5c3",
        "BICUBIC, 20, 13, f26f9e9ece98d498", "BICUBIC, 64, 90, f19be621cc237f3f", "BICUBIC, 47, 9, e42f0e02b9b96f02",
        "LANCZOS, 20, 13, 973760dd0df4d0af", "LANCZOS, 64, 90, f7e6f622cf853450", "LANCZOS, 47, 9, 152098d078a6d6e0"
    })
    void wholePicturesHavePillowsLevels(Resampling resampling, int width, int height, String expected) {
        assertThat(sha256(picture().resize(width, height, resampling))).startsWith(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "BOX, f34ce281137a7c15",
        "BILINEAR, 88ae91229fa2d407",
        "BICUBIC, 02fff8c403ac4a9d",
        "LANCZOS, ef94b9111b17784b"
    })
    void partsWithFractionalEdgesHavePillowsLevels(Resampling resampling, String expected) {
        assertThat(sha256(resampling.resize(picture(), 17, 23, new Resampling.Part(3.25f, 1.5f, 40.75f, 29f))))
                .startsWith(expected);
    }

    private static String sha256(RgbImage image) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(image.rgb()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theSameSizeIsTheSamePicture(Resampling resampling) {
        assertThat(picture().resize(47, 31, resampling)).isEqualTo(picture());
    }

    @Test
    void refusesEmptyAndHugeResults() {
        assertThatIllegalArgumentException().isThrownBy(() -> picture().resize(0, 5, Resampling.BOX));
        assertThatExceptionOfType(ImageException.class)
                .isThrownBy(() -> picture().resize(100_000, 100_000, Resampling.BOX));
    }

    @ParameterizedTest
    @CsvSource({"-1, 0, 5, 5", "0, 0, 48, 5", "5, 0, 5, 5", "0, NaN, 5, 5", "0, 0, 5, 31.5"})
    void refusesPartsOutside(float left, float top, float right, float bottom) {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> Resampling.BOX.resize(picture(), 5, 5, new Resampling.Part(left, top, right, bottom)));
    }
}
