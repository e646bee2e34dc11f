package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LibtorchSourceTest {

    private static final String LIBRARY = System.mapLibraryName("torch_cpu");

    @TempDir
    Path temp;

    private LibtorchSource source(@Nullable String property, @Nullable String variable) {
        return LibtorchSource.of(LoadSettings.of(
                name -> name.equals("mmgen.libtorch") ? property : null,
                name -> name.equals("LIBTORCH") ? variable : null));
    }

    private Path libtorch(String place) throws IOException {
        Path folder = temp.resolve(place);
        Files.createDirectories(folder);
        Files.createFile(folder.resolve(LIBRARY));
        return folder;
    }

    /** libtorch unpacked, its library folder, Python's torch package, the site-packages around it. */
    @ParameterizedTest
    @ValueSource(strings = {"lib", ".", "torch/lib"})
    void findsTheLibrariesInEveryLayout(String place) throws IOException {
        Path libraries = libtorch(place).normalize();
        assertThat(source(temp.toString(), null))
                .isEqualTo(new LibtorchSource.Folder("system property mmgen.libtorch", libraries));
        assertThat(source(null, temp.toString()))
                .isEqualTo(new LibtorchSource.Folder("environment variable LIBTORCH", libraries));
    }

    @Test
    void followsALink() throws IOException {
        libtorch("real/lib");
        Path link = Files.createSymbolicLink(temp.resolve("current"), temp.resolve("real"));
        assertThat(source(link.toString(), null))
                .isEqualTo(new LibtorchSource.Folder("system property mmgen.libtorch", link.resolve("lib")));
    }

    @Test
    void prefersThePropertyToTheVariableToTheClassPath() throws IOException {
        Path one = libtorch("one");
        Path two = libtorch("two");
        assertThat(source(one.toString(), two.toString()))
                .isEqualTo(new LibtorchSource.Folder("system property mmgen.libtorch", one));
        assertThat(source(null, null)).isEqualTo(new LibtorchSource.ClassPath());
    }

    @Test
    void neverFallsBackFromAFolderThatFails() throws IOException {
        Path good = libtorch("good");
        Path gone = temp.resolve("gone");
        assertThatThrownBy(() -> source(gone.toString(), good.toString()))
                .isInstanceOf(LibtorchException.class)
                .hasMessageContaining(gone.toString())
                .hasMessageContaining("system property mmgen.libtorch")
                .hasMessageContaining("does not exist");
    }

    @Test
    void saysWhatItLookedForInAnEmptyFolder() {
        assertThatThrownBy(() -> source(null, temp.toString()))
                .isInstanceOf(LibtorchException.class)
                .hasMessageContaining(temp.toString())
                .hasMessageContaining("environment variable LIBTORCH")
                .hasMessageContaining(LIBRARY + ", lib/" + LIBRARY + " and torch/lib/" + LIBRARY);
    }

    @Test
    void refusesAFileAndAFolderInPlaceOfTheLibrary() throws IOException {
        Path file = libtorch("lib").resolve(LIBRARY);
        assertThatThrownBy(() -> source(file.toString(), null))
                .isInstanceOf(LibtorchException.class)
                .hasMessageContaining("not a folder");
        Path odd = temp.resolve("odd");
        Files.createDirectories(odd.resolve(LIBRARY));
        assertThatThrownBy(() -> source(odd.toString(), null)).isInstanceOf(LibtorchException.class);
    }

    @Test
    void refusesWhatIsNoPath() {
        assertThatThrownBy(() -> source("a\0b", null))
                .isInstanceOf(LibtorchException.class)
                .hasMessageContaining("not a path");
    }
}
