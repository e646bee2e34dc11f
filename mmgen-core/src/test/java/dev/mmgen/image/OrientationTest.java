package dev.mmgen.image;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OrientationTest {

    /** The stored picture is {@code ABC / DEF}; the rows are how it must be seen. */
    @ParameterizedTest
    @CsvSource({
        "1, ABC/DEF",
        "2, CBA/FED",
        "3, FED/CBA",
        "4, DEF/ABC",
        "5, AD/BE/CF",
        "6, DA/EB/FC",
        "7, FC/EB/DA",
        "8, CF/BE/AD"
    })
    void everyOrientationIsTurnedUpright(int tag, String expected) {
        assertThat(new Orientation(tag).upright(picture("ABC/DEF"))).isEqualTo(picture(expected));
    }

    private static RgbImage picture(String rows) {
        String letters = rows.replace("/", "");
        byte[] rgb = new byte[letters.length() * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (letters.charAt(i / 3) + i % 3);
        }
        int width = rows.indexOf('/');
        return RgbImage.of(width, letters.length() / width, rgb);
    }
}
