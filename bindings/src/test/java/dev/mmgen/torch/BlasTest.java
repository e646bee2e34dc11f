package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlasTest {

    private static final NativePlatform PLATFORM = new NativePlatform("linux-x86_64");
    private static final NativePlatform WINDOWS = new NativePlatform("windows-x86_64");
    private static final String MKL = "org/bytedeco/mkl/linux-x86_64/libmkl_core.so.3";
    private static final String OPENBLAS = "org/bytedeco/openblas/linux-x86_64/libopenblas.so.0";

    @TempDir
    Path temp;

    private URLClassLoader both;
    private URLClassLoader onlyOpenBlas;
    private URLClassLoader neither;

    @BeforeEach
    void fakeJars() throws IOException {
        byte[] nothing = {};
        both = FakeClassPath.ofJar(temp.resolve("both.jar"), Map.of(MKL, nothing, OPENBLAS, nothing));
        onlyOpenBlas = FakeClassPath.ofJar(temp.resolve("openblas.jar"), Map.of(OPENBLAS, nothing));
        neither = FakeClassPath.of(temp);
    }

    @AfterEach
    void close() throws IOException {
        both.close();
        onlyOpenBlas.close();
        neither.close();
    }

    @Test
    void prefersMklAndTakesWhatIsThere() {
        assertThat(Blas.choose(null, both, PLATFORM)).isEqualTo(Blas.MKL);
        assertThat(Blas.choose(null, onlyOpenBlas, PLATFORM)).isEqualTo(Blas.OPENBLAS);
    }

    @Test
    void obeysTheUser() {
        assertThat(Blas.choose("openblas", both, PLATFORM)).isEqualTo(Blas.OPENBLAS);
        assertThat(Blas.choose("mkl", both, PLATFORM)).isEqualTo(Blas.MKL);
    }

    @Test
    void refusesAChoiceThatIsNotThere() {
        assertThatThrownBy(() -> Blas.choose("mkl", onlyOpenBlas, PLATFORM))
                .isInstanceOf(LibtorchException.class)
                .hasMessageContaining("mmgen.blas is mkl")
                .hasMessageContaining("org.bytedeco:mkl with classifier linux-x86_64-redist");
    }

    @Test
    void refusesAnUnknownChoice() {
        assertThatThrownBy(() -> Blas.choose("atlas", both, PLATFORM))
                .isInstanceOf(LibtorchException.class)
                .hasMessageContaining("atlas")
                .hasMessageContaining("mkl or openblas");
    }

    @Test
    void isOpenBlasAloneOutsideOfLinuxOnX86() throws IOException {
        try (var windows = FakeClassPath.ofJar(
                temp.resolve("windows.jar"),
                Map.of("org/bytedeco/openblas/windows-x86_64/libopenblas.dll", new byte[0]))) {
            assertThat(Blas.choose(null, windows, WINDOWS)).isEqualTo(Blas.OPENBLAS);
            assertThat(Blas.OPENBLAS.opened(WINDOWS)).containsExactly("libopenblas.dll");
            assertThatThrownBy(() -> Blas.choose("mkl", windows, WINDOWS))
                    .isInstanceOf(LibtorchException.class)
                    .hasMessageContaining("mmgen.blas is mkl, which is not there for windows-x86_64");
        }
        assertThatThrownBy(() -> Blas.choose(null, both, WINDOWS))
                .isInstanceOf(LibtorchException.class)
                .hasMessageEndingWith("add org.bytedeco:openblas with classifier windows-x86_64.");
    }

    @Test
    void namesBothWhereNoneIsThere() {
        assertThatThrownBy(() -> Blas.choose(null, neither, PLATFORM))
                .isInstanceOf(LibtorchException.class)
                .hasMessageContaining("org.bytedeco:mkl")
                .hasMessageContaining("org.bytedeco:openblas");
    }
}
