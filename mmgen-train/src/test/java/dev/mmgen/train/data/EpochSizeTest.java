package dev.mmgen.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EpochSizeTest {

    @ParameterizedTest
    @CsvSource({
        "8, 5, 4, 10, 5", // twice as many batches of half the size
        "4, 6, 8, 3, 5", // the other way
        "4, 7, 8, 3, 5", // 28 samples are seen: the batch of 24 to 31 is next
        "4, 24, 30, 0, 6", // the last 10 of 100 make no batch of 30
        "30, 3, 30, 3, 5" // what batches of another size would not reach
    })
    void positionStaysAtItsSample(int then, long batch, int now, long expected, long epoch) {
        assertThat(new EpochSize(100, now).at(new LoaderPosition(5, batch), new EpochSize(100, then)))
                .isEqualTo(new LoaderPosition(epoch, expected));
    }

    @Test
    void positionWithinAnEpochOfAnotherSizeIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EpochSize(90, 4).at(new LoaderPosition(2, 1), new EpochSize(100, 4)))
                .withMessageContaining(
                        "within an epoch of 100 samples, but now there are 90; train with the same samples");
        assertThat(new EpochSize(90, 4).at(new LoaderPosition(2, 0), new EpochSize(100, 4)))
                .isEqualTo(new LoaderPosition(2, 0));
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EpochSize(0, 4))
                .withMessageContaining("0 samples");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EpochSize(4, 0))
                .withMessageContaining("batches of 0");
        assertThatExceptionOfType(ArithmeticException.class)
                .isThrownBy(() -> new EpochSize(9, 2).at(new LoaderPosition(0, Long.MAX_VALUE), new EpochSize(9, 3)));
    }
}
