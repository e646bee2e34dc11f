package dev.mmgen.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SceneSelectionTest {

    private static final SceneSelection MUGS = new SceneSelection(Set.of(Category.MUG), 4);

    private static Category category(long number) {
        return ShapesWorld.SECOND.scene(Split.TRAIN.seed(number)).category();
    }

    @Test
    void takesEveryMugAndEveryFourthOfTheOthers() {
        long[] chosen = MUGS.of(ShapesWorld.SECOND, Split.TRAIN, 1002, 800);

        assertThat(chosen).isSorted().doesNotHaveDuplicates();
        for (long number = 1002; number < 1802; number++) {
            assertThat(Arrays.binarySearch(chosen, number) >= 0)
                    .as("scene %d, a %s", number, category(number))
                    .isEqualTo(number % 4 == 0 || category(number) == Category.MUG);
        }
    }

    @Test
    void takesAllWhereNoneIsPreferred() {
        assertThat(SceneSelection.all().of(ShapesWorld.SECOND, Split.TEST, 7, 3))
                .containsExactly(7, 8, 9);
    }

    @Test
    void isTheSameForTheNextPartOfTheNumbers() {
        long[] whole = MUGS.of(ShapesWorld.SECOND, Split.TRAIN, 0, 100);
        long[] first = MUGS.of(ShapesWorld.SECOND, Split.TRAIN, 0, 50);
        long[] second = MUGS.of(ShapesWorld.SECOND, Split.TRAIN, 50, 50);

        assertThat(whole).startsWith(first).endsWith(second).hasSize(first.length + second.length);
    }

    @Test
    void refusesWhatItCannotChoose() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SceneSelection(Set.of(), 0))
                .withMessageContaining("setting 'times' is 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MUGS.of(ShapesWorld.FIRST, Split.TRAIN, 0, 100))
                .withMessage("the first edition has no mug");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MUGS.of(ShapesWorld.SECOND, Split.TRAIN, 0, 0))
                .withMessageContaining("at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SceneSelection(Set.of(), 1000).of(ShapesWorld.SECOND, Split.TRAIN, 1, 5))
                .withMessageContaining("no scene of 1 to 5 is chosen");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MUGS.of(ShapesWorld.SECOND, Split.TRAIN, Split.SCENES - 1, 2))
                .withMessageContaining("does not exist");
    }
}
