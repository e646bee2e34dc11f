package dev.mmgen.train.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingFolderTest {

    private static final String HALF = ".01234567-89ab-cdef-0123-456789abcdef.tmp";

    @TempDir
    private Path folder;

    private Path file(String name) throws Exception {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "half");
    }

    @Test
    void halfWrittenFilesOfAKilledTrainerAreRemoved() throws Exception {
        List<Path> rest = List.of(
                file(HALF),
                file("samples/" + HALF),
                file("checkpoints/" + HALF),
                file("checkpoints/.0000002." + HALF.substring(1) + "/model.safetensors"));
        List<Path> own = List.of(
                file("metrics.csv"),
                file(".notes.tmp"),
                file(HALF.substring(1)),
                file(HALF + "x"),
                file(".0123456789ab-cdef-0123-456789abcdef.tmp"),
                file("other/" + HALF),
                file("samples/samples-0000002.png"),
                file("checkpoints/failed-0000002.pt"));
        Path directory = Files.createDirectory(folder.resolve(HALF.replace('0', '1')));
        TrainingFolder.open(folder).close();
        assertThat(rest).noneMatch(Files::exists);
        assertThat(own).allMatch(Files::exists);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aFolderInUseIsNotSwept() throws Exception {
        try (TrainingFolder _ = TrainingFolder.open(folder)) {
            Path half = file(HALF);
            assertThatExceptionOfType(CheckpointException.class).isThrownBy(() -> TrainingFolder.open(folder));
            assertThat(half).exists();
        }
    }
}
