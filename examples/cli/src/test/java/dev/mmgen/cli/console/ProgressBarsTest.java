package dev.mmgen.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressBarsTest {

    @ParameterizedTest
    @ValueSource(strings = {"/dev/pts/3", "/dev/tty", "/dev/tty1", "/dev/ttyS0", "/dev/console"})
    void drawsBarsInTerminals(String stream) {
        assertThat(ProgressBars.isTerminal(stream)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pipe:[51234]", "socket:[7]", "/dev/null", "/var/log/run.log", "/tmp/dev/pts/3"})
    void writesLinesElsewhere(String stream) {
        assertThat(ProgressBars.isTerminal(stream)).isFalse();
    }
}
