package dev.mmgen.cli.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewFolderTest {

    @TempDir
    private Path parent;

    @Test
    void failureNamesTheWantedFolderAndLeavesNothing() {
        Path wanted = parent.resolve("model");
        assertThatThrownBy(() -> {
                    try (NewFolder folder = new NewFolder(wanted)) {
                        folder.fill(NewFolderTest::failAtWeights);
                    }
                })
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(wanted.resolve("weights") + ": cannot be written: the disk is full");
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void aFolderThatWasMadeMeanwhileIsLeftAsItIs() throws IOException {
        Path wanted = parent.resolve("model");
        try (NewFolder folder = new NewFolder(wanted)) {
            folder.fill(NewFolderTest::make);
            Files.createDirectories(wanted.resolve("other"));
            assertThatThrownBy(folder::complete)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("was made meanwhile by another program");
        }
        assertThat(parent).isDirectoryContaining(wanted::equals);
        assertThat(wanted).isDirectoryContaining(wanted.resolve("other")::equals);
    }

    private static void make(Path partial) {
        try {
            Files.createDirectory(partial);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void failAtWeights(Path partial) {
        make(partial);
        throw new IllegalArgumentException(partial.resolve("weights") + ": cannot be written: the disk is full");
    }
}
