package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LibtorchVersionTest {

    @Test
    void readsTheVersionWord() {
        assertThat(LibtorchVersion.ofWord(0x020d000000000000L)).isEqualTo(new LibtorchVersion(2, 13, 0));
        assertThat(LibtorchVersion.ofWord(0x020e0100000000ffL)).hasToString("2.14.1");
    }

    @Test
    void ordersMinorsAsNumbers() {
        assertThat(new LibtorchVersion(2, 9, 1)).isLessThan(new LibtorchVersion(2, 13, 0));
        assertThat(new LibtorchVersion(3, 0, 0)).isGreaterThan(LibtorchVersion.COMPLETE);
    }

    @Test
    void refusesOnlyWhatIsBelowTheFloor() {
        assertThatThrownBy(() -> new LibtorchVersion(2, 10, 9).requireSupported("/opt/libtorch"))
                .isInstanceOf(LibtorchException.class)
                .hasMessageContaining("2.10.9")
                .hasMessageContaining("/opt/libtorch")
                .hasMessageContaining("2.11.0");
        assertThatCode(() -> LibtorchVersion.FLOOR.requireSupported("here")).doesNotThrowAnyException();
    }
}
