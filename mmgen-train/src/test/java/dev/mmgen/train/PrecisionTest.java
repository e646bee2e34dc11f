package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrecisionTest {

    @ParameterizedTest
    @CsvSource({
        "GenuineIntel, fma avx2, FLOAT32",
        "GenuineIntel, avx512_bf16, FLOAT32",
        "GenuineIntel, avx512_bf16 amx_bf16, BFLOAT16",
        "AuthenticAMD, avx512_bf16, BFLOAT16",
        "AuthenticAMD, avx2, FLOAT32",
    })
    void bfloat16IsTheDefaultWhereItIsFaster(String vendor, String flags, Precision expected) {
        assertThat(Precision.fastest(List.of("processor\t: 0", "vendor_id\t: " + vendor, "flags\t\t: fpu " + flags)))
                .isEqualTo(expected);
        assertThat(Precision.fastest(List.of())).isEqualTo(Precision.FLOAT32);
    }
}
