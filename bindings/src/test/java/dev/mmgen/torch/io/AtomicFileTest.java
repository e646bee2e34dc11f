package dev.mmgen.torch.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {

    @TempDir
    Path folder;

    @Test
    void aStreamedFileAppearsWithItsCommit() throws IOException {
        Path target = Files.writeString(folder.resolve("table.csv"), "old");
        try (AtomicFile file = AtomicFile.open(target)) {
            file.stream().write("new, ".getBytes(StandardCharsets.UTF_8));
            file.stream().write("longer".getBytes(StandardCharsets.UTF_8));
            assertThat(target).hasContent("old");
            file.commit();
            assertThat(target).hasContent("new, longer");
        }
        assertThat(target).hasContent("new, longer");
        assertThat(files()).containsExactly("table.csv");
    }

    @Test
    void aFileWithoutCommitVanishes() throws IOException {
        Path target = Files.writeString(folder.resolve("table.csv"), "old");
        try (AtomicFile file = AtomicFile.open(target)) {
            file.stream().write(new byte[1 << 20]);
        }
        assertThat(target).hasContent("old");
        assertThat(files()).containsExactly("table.csv");
    }

    @Test
    void aFailureInTheContentsLeavesTheOldFile() throws IOException {
        Path target = Files.writeString(folder.resolve("a.bin"), "old");
        assertThatThrownBy(() -> AtomicFile.write(target, channel -> {
                    channel.write(ByteBuffer.allocate(10));
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("No space left on device");
        assertThat(target).hasContent("old");
        assertThat(files()).containsExactly("a.bin");
    }

    @Test
    void aFolderThatTakesFilesIsLeftEmpty() {
        assertThat(AtomicFile.takesFiles(folder)).isTrue();
        assertThat(folder).isEmptyDirectory();
        assertThat(AtomicFile.takesFiles(folder.resolve("none"))).isFalse();
    }

    @Test
    void anythingButARegularFileKeepsItsName() throws IOException {
        Path target = Files.createDirectory(folder.resolve("taken"));
        assertThatThrownBy(() -> AtomicFile.write(target, new byte[1]))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("taken exists and is not a regular file");
        assertThat(files()).containsExactly("taken");
    }

    @Test
    void aNameOfTheGreatestLengthCanBeWritten() throws IOException {
        Path target = folder.resolve("n".repeat(255));
        AtomicFile.write(target, new byte[] {1, 2});
        assertThat(target).hasBinaryContent(new byte[] {1, 2});
    }

    @Test
    void leftoversOfAKilledProcessAreRecognised() throws IOException {
        Path left = Files.createFile(folder.resolve("." + UUID.randomUUID() + ".tmp"));
        assertThat(AtomicFile.isUnfinished(left)).isTrue();
        assertThat(AtomicFolder.isUnfinished(left)).isFalse();
        assertThat(AtomicFile.isUnfinished(Files.createFile(folder.resolve(".mine.tmp"))))
                .isFalse();
    }

    @Test
    void aFolderAppearsWithItsCommitAndReplacesTheOldOne() throws IOException {
        Path target = Files.createDirectories(folder.resolve("run/model"));
        Files.writeString(target.resolve("old.txt"), "old");
        try (AtomicFolder filled = AtomicFolder.open(target)) {
            Files.writeString(filled.path().resolve("new.txt"), "new");
            assertThat(AtomicFolder.isUnfinished(filled.path())).isTrue();
            assertThat(target.resolve("old.txt")).exists();
            filled.commit();
        }
        assertThat(target.resolve("new.txt")).hasContent("new");
        assertThat(target.resolve("old.txt")).doesNotExist();
        assertThat(Files.list(target.getParent())).containsExactly(target);
    }

    @Test
    void aFolderWithoutCommitVanishes() throws IOException {
        try (AtomicFolder filled = AtomicFolder.open(folder.resolve("a/b"))) {
            Files.writeString(filled.path().resolve("new.txt"), "new");
        }
        assertThat(folder.resolve("a")).isEmptyDirectory();
    }

    @Test
    void deletingFollowsNoLinks() throws IOException {
        Path kept = Files.writeString(folder.resolve("kept"), "kept");
        Path doomed = Files.createDirectory(folder.resolve("doomed"));
        Files.createSymbolicLink(doomed.resolve("link"), kept);
        AtomicFolder.delete(doomed);
        AtomicFolder.delete(doomed);
        assertThat(files()).containsExactly("kept");
    }

    private Stream<String> files() throws IOException {
        try (Stream<Path> list = Files.list(folder)) {
            return list.map(file -> file.getFileName().toString()).toList().stream();
        }
    }
}
