package dev.mmgen.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpzFileTest {

    @TempDir
    Path folder;

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void surplusElementsAndRepeatedNamesAreRefused() throws IOException {
        Path file = folder.resolve("a.npz");
        NpyArray array = NpyArray.of(new double[] {1}, 1);
        for (NpzWriter.Compression compression : NpzWriter.Compression.values()) {
            try (NpzWriter npz = NpzWriter.create(file, compression)) {
                npz.write("a", array);
                assertThatExceptionOfType(NpyException.class)
                        .isThrownBy(() -> npz.write("a", array))
                        .withMessageContaining("'a'");
            }
            try (NpzWriter npz = NpzWriter.create(file, compression)) {
                npz.write("a", array);
                assertThatIllegalStateException().isThrownBy(() -> npz.append(new byte[1]));
                npz.begin("b", 2);
                assertThatIllegalStateException().isThrownBy(() -> npz.write("c", array));
                assertThatIllegalStateException().isThrownBy(() -> npz.append(new byte[3]));
            }
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void emptyArrayKeepsItsShape() {
        Path file = folder.resolve("empty.npz");
        try (NpzWriter npz = NpzWriter.create(file, NpzWriter.Compression.STORED)) {
            npz.write("none", NpyArray.of(new byte[0], 0, 3));
            npz.finish();
        }
        try (NpzFile npz = NpzFile.open(file)) {
            assertThat(npz.read("none").shape()).isEqualTo(List.of(0L, 3L));
        }
    }

    @Test
    void otherFilesAreRefused() throws IOException {
        Path file = Files.write(folder.resolve("no.npz"), new byte[100]);
        assertThatExceptionOfType(NpyException.class)
                .isThrownBy(() -> NpzFile.open(file))
                .withMessageContaining("is not an .npz file");
        assertThatExceptionOfType(NpyException.class)
                .isThrownBy(() -> NpzFile.open(folder.resolve("missing")))
                .withMessageContaining("no such file");
    }
}
