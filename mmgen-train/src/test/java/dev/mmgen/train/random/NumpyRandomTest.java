package dev.mmgen.train.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.Goldens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class NumpyRandomTest {

    private static final Pattern CHOICE = Pattern.compile("np_choice\\.seed(\\d+)\\.(\\d+)-(\\d+)");
    private static final Pattern PAIR = Pattern.compile("np_choice_pair\\.seed(\\d+)\\.a");
    private static final int PAIR_POPULATION = 48;

    @TestFactory
    List<DynamicTest> choicesEqualNumpys() {
        Map<String, Goldens.Array> recorded = Goldens.folder("rng").arrays("numpy.safetensors");
        List<DynamicTest> tests = new ArrayList<>();
        recorded.forEach((key, expected) -> {
            Matcher choice = CHOICE.matcher(key);
            if (choice.matches()) {
                int[] actual =
                        seeded(choice).choice(Integer.parseInt(choice.group(2)), Integer.parseInt(choice.group(3)));
                tests.add(DynamicTest.dynamicTest(key, () -> assertEqual(actual, expected)));
            }
            Matcher pair = PAIR.matcher(key);
            if (pair.matches()) {
                NumpyRandom random = seeded(pair);
                int[] count = random.choice(PAIR_POPULATION, 1);
                int[] chosen = random.choice(PAIR_POPULATION, count[0]);
                tests.add(DynamicTest.dynamicTest(key, () -> assertEqual(count, expected)));
                tests.add(DynamicTest.dynamicTest(
                        key + " then b", () -> assertEqual(chosen, recorded.get(key.replaceAll("a$", "b")))));
            }
        });
        assertThat(tests).isNotEmpty();
        return tests;
    }

    private static NumpyRandom seeded(Matcher name) {
        return new NumpyRandom((int) Long.parseLong(name.group(1)));
    }

    private static void assertEqual(int[] actual, Goldens.Array expected) {
        assertThat(Arrays.stream(actual).asLongStream().toArray()).isEqualTo(expected.integers());
    }

    @Test
    void manyDrawsStayAPermutation() {
        NumpyRandom random = new NumpyRandom(7);
        for (int i = 0; i < 3; i++) {
            assertThat(random.choice(1000, 1000))
                    .doesNotHaveDuplicates()
                    .hasSize(1000)
                    .contains(0, 999);
        }
        assertThat(random.choice(5, 0)).isEmpty();
    }

    @Test
    void moreChoicesThanNumbersAreRefused() {
        NumpyRandom random = new NumpyRandom(0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> random.choice(3, 4))
                .withMessageContaining("4 different");
        assertThatIllegalArgumentException().isThrownBy(() -> random.choice(0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> random.choice(3, -1));
    }
}
