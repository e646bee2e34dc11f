package dev.mmgen.torch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeSetTest {

    private static final List<String> RESOURCES = List.of("x/liba.so", "x/libb.so");

    @TempDir
    Path temp;

    private static Map<String, byte[]> content(String a, String b) {
        return Map.of("x/liba.so", a.getBytes(UTF_8), "x/libb.so", b.getBytes(UTF_8));
    }

    private static NativeSet set(URLClassLoader classPath) throws IOException {
        try (classPath) {
            return NativeSet.of("demo", classPath, RESOURCES);
        }
    }

    private NativeSet inJar(String jar, String a, String b) throws IOException {
        return set(FakeClassPath.ofJar(temp.resolve(jar), content(a, b)));
    }

    @Test
    void readsNamesSizesAndChecksums() throws IOException {
        NativeSet set = inJar("one.jar", "123456789", "");
        assertThat(set.size()).isEqualTo(9);
        assertThat(set.files()).extracting(NativeResource::name).containsExactly("liba.so", "libb.so");
        // The check value of the CRC-32 definition.
        assertThat(set.files()).extracting(NativeResource::crc).containsExactly(0xcbf43926L, 0L);
    }

    @Test
    void namesTheFolderAfterTheContentAlone() throws IOException {
        String name = inJar("one.jar", "alpha", "beta").folderName();
        assertThat(name).matches("demo-[0-9a-f]{16}");
        assertThat(inJar("an other.jar", "alpha", "beta").folderName()).isEqualTo(name);
        assertThat(set(FakeClassPath.ofFolder(temp.resolve("classes"), content("alpha", "beta")))
                        .folderName())
                .isEqualTo(name);
    }

    @Test
    void changesTheNameWithAnyContent() throws IOException {
        String name = inJar("one.jar", "alpha", "beta").folderName();
        assertThat(inJar("two.jar", "alphA", "beta").folderName()).isNotEqualTo(name);
        assertThat(inJar("three.jar", "alpha", "beta ").folderName()).isNotEqualTo(name);
        assertThat(inJar("four.jar", "beta", "alpha").folderName()).isNotEqualTo(name);
    }

    @Test
    void namesAResourceThatIsMissing() throws IOException {
        try (var classPath = FakeClassPath.ofJar(temp.resolve("half.jar"), Map.of("x/liba.so", new byte[1]))) {
            assertThatThrownBy(() -> NativeSet.of("demo", classPath, RESOURCES))
                    .isInstanceOf(LibtorchException.class)
                    .hasMessageContaining("x/libb.so");
        }
    }
}
