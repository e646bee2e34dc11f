package dev.mmgen.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShuffledBatchesTest {

    private static ShuffledBatches<int[]> batches(long seed) {
        return new ShuffledBatches<>(10, 3, seed, places -> places);
    }

    private static List<int[]> take(ShuffledBatches<int[]> batches, int count) {
        List<int[]> taken = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            taken.add(batches.next());
        }
        return taken;
    }

    @Test
    void everyEpochHasAnOrderOfItsOwnAndWholeBatches() {
        try (ShuffledBatches<int[]> batches = batches(1);
                ShuffledBatches<int[]> others = batches(7)) {
            List<int[]> epochs = take(batches, 6);
            assertThat(epochs).allSatisfy(batch -> assertThat(batch).hasSize(3));
            int[] first =
                    epochs.subList(0, 3).stream().flatMapToInt(Arrays::stream).toArray();
            int[] second =
                    epochs.subList(3, 6).stream().flatMapToInt(Arrays::stream).toArray();
            assertThat(first).doesNotHaveDuplicates().isNotEqualTo(second);
            assertThat(batches.position()).isEqualTo(new LoaderPosition(2, 0));
            assertThat(others.next()).isNotEqualTo(epochs.getFirst());
        }
    }

    @Test
    void batchesResumeAtAPosition() {
        try (ShuffledBatches<int[]> one = batches(1);
                ShuffledBatches<int[]> other = batches(1)) {
            take(one, 5);
            take(other, 1);
            other.moveTo(one.position());
            assertThat(other.position()).isEqualTo(new LoaderPosition(1, 2));
            assertThat(take(other, 4)).containsExactlyElementsOf(take(one, 4));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> other.moveTo(new LoaderPosition(0, 3)))
                    .withMessageContaining("epochs of 3 batches");
        }
    }

    @Test
    void whatCannotBeReadIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ShuffledBatches<>(2, 3, 0, places -> places))
                .withMessageContaining("batches of 3 from 2 samples");
        try (ShuffledBatches<int[]> batches = new ShuffledBatches<>(4, 2, 0, places -> {
            throw new DataException("sample 'a' is damaged");
        })) {
            assertThatExceptionOfType(DataException.class)
                    .isThrownBy(batches::next)
                    .withMessage("reading has stopped: sample 'a' is damaged");
        }
    }
}
