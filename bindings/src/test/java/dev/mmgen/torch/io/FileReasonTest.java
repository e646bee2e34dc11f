package dev.mmgen.torch.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileReasonTest {

    @TempDir
    Path folder;

    @Test
    void writingIsToldInPlainWordsWithoutTheTemporaryName() {
        Path missing = folder.resolve("no").resolve("such.bin");
        assertThat(FileReason.writing(fault(() -> AtomicFile.write(missing, new byte[1]))))
                .isEqualTo("its folder is not there; make it first");
        assertThat(FileReason.writing(new IOException("No space left on device")))
                .startsWith("the disk is full");
        assertThat(FileReason.writing(new FileSystemException(".1234.tmp", null, "Read-only file system")))
                .isEqualTo("Read-only file system");
        assertThat(FileReason.writing(new AccessDeniedException(".1234.tmp")))
                .startsWith("there is no permission")
                .doesNotContain(".tmp");
    }

    @Test
    void readingIsToldInPlainWords() throws IOException {
        Path missing = folder.resolve("no.json");
        assertThat(FileReason.reading(fault(() -> Files.readString(missing))))
                .isEqualTo("there is no such file; check the path");
        Path file = Files.writeString(folder.resolve("file.json"), "{}");
        assertThat(FileReason.reading(fault(() -> Files.newDirectoryStream(file).close())))
                .isEqualTo("it is a file, not a folder; name the folder");
        assertThat(FileReason.reading(new IOException("Is a directory"))).isEqualTo("it is a folder, not a file");
        assertThat(FileReason.reading(new AccessDeniedException("/secret")))
                .isEqualTo("there is no permission to read it");
        assertThat(FileReason.reading(new IOException())).isEqualTo("java.io.IOException");
    }

    private static IOException fault(ThrowingCallable action) {
        IOException[] found = new IOException[1];
        assertThatThrownBy(action).isInstanceOfSatisfying(IOException.class, e -> found[0] = e);
        return found[0];
    }
}
