package dev.mmgen.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class EndlessBatchesTest {

    private static long[] take(EndlessBatches<Long> batches, int count) {
        return LongStream.range(0, count).map(_ -> batches.next()).toArray();
    }

    @Test
    void everySampleComesOnceAndInOrder() {
        try (EndlessBatches<Long> batches = new EndlessBatches<>(1L << 40, 3, 4, first -> first)) {
            assertThat(take(batches, 20))
                    .isEqualTo(LongStream.range(0, 20).map(i -> 3 * i).toArray());
            assertThat(batches.position()).isEqualTo(new LoaderPosition(0, 20));
        }
    }

    @Test
    void afterTheLastWholeBatchTheyBeginAnew() {
        try (EndlessBatches<Long> batches = new EndlessBatches<>(10, 3, 1, first -> first)) {
            assertThat(take(batches, 5)).containsExactly(0, 3, 6, 0, 3);
            assertThat(batches.position()).isEqualTo(new LoaderPosition(1, 2));
        }
    }

    @Test
    void batchesResumeAtAPosition() {
        try (EndlessBatches<Long> batches = new EndlessBatches<>(100, 2, 2, first -> first)) {
            take(batches, 3);
            batches.moveTo(new LoaderPosition(0, 30));
            assertThat(batches.position()).isEqualTo(new LoaderPosition(0, 30));
            assertThat(take(batches, 2)).containsExactly(60, 62);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> batches.moveTo(new LoaderPosition(0, 50)))
                    .withMessageContaining("epochs of 50 batches");
        }
    }

    @Test
    void whatCannotBeMadeIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EndlessBatches<>(2, 3, 1, first -> first))
                .withMessageContaining("batches of 3 from 2 samples");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EndlessBatches<>(2, 1, 0, first -> first))
                .withMessageContaining("0 threads");
        try (EndlessBatches<Long> batches = new EndlessBatches<>(4, 2, 1, _ -> {
            throw new DataException("scene 7 is damaged");
        })) {
            assertThatExceptionOfType(DataException.class)
                    .isThrownBy(batches::next)
                    .withMessage("reading has stopped: scene 7 is damaged");
        }
    }
}
