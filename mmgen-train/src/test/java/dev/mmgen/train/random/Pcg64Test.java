package dev.mmgen.train.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.Goldens;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class Pcg64Test {

    private static final String PREFIX = "pcg64_u8x3.seed";

    @TestFactory
    List<DynamicTest> drawnBytesEqualNumpy() {
        List<DynamicTest> tests = new ArrayList<>();
        Goldens.folder("rng").arrays("numpy.safetensors").forEach((key, expected) -> {
            if (key.startsWith(PREFIX)) {
                tests.add(DynamicTest.dynamicTest(key, () -> {
                    Pcg64 random = new Pcg64(Long.parseLong(key.substring(PREFIX.length())));
                    long[] drawn = new long[expected.integers().length];
                    for (int i = 0; i < drawn.length; i += 3) {
                        byte[] colour = random.bytes(3);
                        for (int k = 0; k < 3; k++) {
                            drawn[i + k] = colour[k] & 0xff;
                        }
                    }
                    assertThat(drawn).isEqualTo(expected.integers());
                }));
            }
        });
        assertThat(tests).isNotEmpty();
        return tests;
    }

    @Test
    void seedMustNotBeNegative() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Pcg64(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> PathSeed.of(-1, "a"));
    }

    /** The example of RFC 7693, appendix B, and messages around the block size hashed by Python's hashlib. */
    @Test
    void blake2sEqualsRfc7693() {
        assertThat(HexFormat.of().formatHex(Blake2s.digest("abc".getBytes(StandardCharsets.UTF_8), 32)))
                .isEqualTo("508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982");
        assertThat(HexFormat.of().formatHex(Blake2s.digest(new byte[0], 4))).isEqualTo("36e9d246");
        assertThat(HexFormat.of().formatHex(Blake2s.digest(new byte[63], 4))).isEqualTo("75654c6e");
        assertThat(HexFormat.of().formatHex(Blake2s.digest(new byte[64], 4))).isEqualTo("d0b725da");
        assertThat(HexFormat.of().formatHex(Blake2s.digest(new byte[65], 4))).isEqualTo("eecbfa46");
        assertThat(HexFormat.of().formatHex(Blake2s.digest(new byte[200], 4))).isEqualTo("dea5d711");
    }
}
