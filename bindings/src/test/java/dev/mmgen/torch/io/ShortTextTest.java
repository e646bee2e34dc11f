package dev.mmgen.torch.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ShortTextTest {

    @TempDir
    private Path folder;

    @Test
    void textIsReadUpToTheLimit() throws IOException {
        Path file = Files.writeString(folder.resolve("text"), "äöü");
        assertThat(ShortText.read(file, 6)).isEqualTo("äöü");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> ShortText.read(file, 5))
                .satisfies(e -> assertThat(FileReason.reading(e))
                        .isEqualTo("it is over 5 bytes long, too long for a file of settings"));
    }

    @Test
    void bytesThatAreNoTextAreRefused() throws IOException {
        Path file = Files.write(folder.resolve("bytes"), new byte[] {(byte) 0xff, (byte) 0xfe});
        assertThatExceptionOfType(CharacterCodingException.class).isThrownBy(() -> ShortText.read(file, 10));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aDeviceWithoutAnEndEnds() {
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> ShortText.read(Path.of("/dev/zero"), 1 << 20));
    }
}
