package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each load brings another copy of the shim into the process, so these tests have a process of their own. */
@Tag("own-jvm")
class LibtorchLoaderTest {

    private static final ClassLoader REAL = Libtorch.class.getClassLoader();

    @TempDir
    Path temp;

    private LibtorchLoader.Outcome load(@Nullable String libtorch, String platform, ClassLoader classPath) {
        int dash = platform.indexOf('-');
        Map<String, String> properties = new HashMap<>(Map.of(
                "mmgen.cache", temp.resolve("cache").toString(),
                "os.name", platform.substring(0, dash),
                "os.arch", platform.substring(dash + 1)));
        if (libtorch != null) {
            properties.put("mmgen.libtorch", libtorch);
        }
        var settings = LoadSettings.of(properties::get, _ -> null);
        return new LibtorchLoader(settings, classPath).run();
    }

    private static String platform() {
        return LoadSettings.ofThisProcess().platform().name();
    }

    private static String shimResource() {
        return "META-INF/native/" + platform() + "/" + System.mapLibraryName("mmtorch");
    }

    private static byte[] realShim() throws IOException {
        try (var in = REAL.getResourceAsStream(shimResource())) {
            return in.readAllBytes();
        }
    }

    private static String failure(LibtorchLoader.Outcome outcome) {
        assertThat(outcome.failure()).isNotNull();
        assertThat(outcome.report().isLoaded()).isFalse();
        assertThat(outcome.report().failure()).isEqualTo(outcome.failure().getMessage());
        return outcome.failure().getMessage();
    }

    @Test
    void passesOnWhatTheLinkerSaysOfATextFile() throws IOException {
        Path library = temp.resolve(System.mapLibraryName("torch_cpu"));
        Files.writeString(library, "This is not a library, whatever its name says. ".repeat(10));

        LibtorchLoader.Outcome outcome = load(temp.toString(), platform(), REAL);

        assertThat(failure(outcome)).contains(library.toString()).contains("invalid ELF header");
        assertThat(outcome.report().source()).isEqualTo("system property mmgen.libtorch");
        assertThat(outcome.report().folder()).isEqualTo(temp);
        assertThat(outcome.report().shim()).exists();
    }

    @Test
    void refusesALibraryThatIsNotLibtorch() throws IOException {
        Files.write(temp.resolve(System.mapLibraryName("torch_cpu")), realShim());

        String failure = failure(load(temp.toString(), platform(), REAL));

        assertThat(failure).contains(temp.toString()).contains("2.11");
    }

    @Test
    void namesAFolderThatIsNotThere() {
        Path gone = temp.resolve("gone");
        assertThat(failure(load(gone.toString(), platform(), REAL))).contains(gone.toString());
    }

    @Test
    void listsPlatformsAndTheWayOutOnAnUnknownOne() {
        assertThat(failure(load(null, "solaris-sparc", REAL)))
                .contains("META-INF/native/solaris-sparc/")
                .contains("It is there for: " + platform())
                .contains("native/ with CMake")
                .contains("-Dmmgen.libtorch=");
    }

    @Test
    void namesTheClassifierOfAPlatformThatItIsBuiltFor() {
        assertThat(failure(load(null, "windows-x86_64", REAL)))
                .contains("META-INF/native/windows-x86_64/mmtorch.dll is not on the class path")
                .contains("It is there for: " + platform())
                .contains("Add dev.mmgen:mmgen-native with classifier windows-x86_64");
    }

    @Test
    void namesTheJarWhereLibtorchIsNotOnTheClassPath() throws IOException {
        try (var classPath = FakeClassPath.ofJar(temp.resolve("shim.jar"), Map.of(shimResource(), realShim()))) {
            assertThat(failure(load(null, platform(), classPath)))
                    .contains("org.bytedeco:pytorch")
                    .contains("-Dmmgen.libtorch=");
        }
    }

    @Test
    void prefersTheJarWithCuda() throws IOException {
        byte[] text = "no library".getBytes(StandardCharsets.US_ASCII);
        Map<String, byte[]> entries = new HashMap<>(Map.of(shimResource(), realShim()));
        for (String classifier : List.of(platform(), platform() + "-gpu")) {
            for (String library : List.of("libgomp.so.1", "libc10.so", "libtorch_cpu.so")) {
                entries.put("org/bytedeco/pytorch/" + classifier + "/" + library, text);
            }
        }
        for (String library : List.of("libquadmath.so.0", "libgfortran.so.5", "libopenblas.so.0")) {
            entries.put("org/bytedeco/openblas/" + platform() + "/" + library, text);
        }
        try (var classPath = FakeClassPath.ofJar(temp.resolve("gpu.jar"), entries)) {
            assertThat(failure(load(null, platform(), classPath)))
                    .contains("org/bytedeco/pytorch/" + platform() + "-gpu/libc10_cuda.so is not on the class path");
        }
    }

    @Test
    void reportsAShimThatCannotBeLoaded() throws IOException {
        byte[] cut = Arrays.copyOf(realShim(), 2_000);
        try (var classPath = FakeClassPath.ofJar(temp.resolve("shim.jar"), Map.of(shimResource(), cut))) {
            assertThat(failure(load(null, platform(), classPath)))
                    .startsWith("Cannot open")
                    .contains(System.mapLibraryName("mmtorch"));
        }
    }

    /** dlopen would map the file, and the process would end with SIGBUS. */
    @Test
    void refusesALibraryThatIsCutShort() throws IOException {
        Path library = temp.resolve(System.mapLibraryName("torch_cpu"));
        byte[] whole = realShim();
        for (int length : new int[] {0, 3, 20, 100, 2_000, whole.length / 2}) {
            Files.write(library, Arrays.copyOf(whole, length));
            assertThat(failure(load(temp.toString(), platform(), REAL))).contains(library.toString());
        }
    }

    @Test
    void reportsACacheThatCannotBeWritten() throws IOException {
        Files.writeString(temp.resolve("cache"), "a file, not a folder");
        assertThat(failure(load(null, platform(), REAL)))
                .contains(temp.resolve("cache").toString())
                .contains("-Dmmgen.cache=");
    }
}
