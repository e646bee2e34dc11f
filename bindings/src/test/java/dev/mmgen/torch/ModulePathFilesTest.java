package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModulePathFilesTest {

    private static final ClassLoader NOBODY = ClassLoader.getPlatformClassLoader();

    @TempDir
    Path temp;

    private Path jar(String name, String resource) throws IOException {
        Path jar = temp.resolve(name);
        Files.createDirectories(jar.getParent());
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new ZipEntry(resource));
            new ByteArrayInputStream(new byte[] {1, 2, 3}).transferTo(out);
        }
        return jar;
    }

    @Test
    void librariesOfJarsWhoseModulesAreNotResolvedAreFound() throws IOException {
        Path alone = jar("alone.jar", "org/example/linux-x86_64/libone.so");
        Path folder =
                jar("folder/two.jar", "org/example/linux-x86_64/libtwo.so").getParent();
        Path exploded = temp.resolve("exploded");
        Files.createDirectories(exploded.resolve("org/example"));
        Files.write(exploded.resolve("org/example/libthree.so"), new byte[] {1, 2, 3});
        String path = String.join(
                File.pathSeparator, alone.toString(), folder.toString(), exploded.toString(), "", "no/such.jar");
        try (URLClassLoader found = ModulePathFiles.behind(NOBODY, path)) {
            NativeSet set = NativeSet.of(
                    "example",
                    found,
                    List.of(
                            "org/example/linux-x86_64/libone.so",
                            "org/example/linux-x86_64/libtwo.so",
                            "org/example/libthree.so"));
            assertThat(set.files())
                    .extracting(NativeResource::name)
                    .containsExactly("libone.so", "libtwo.so", "libthree.so");
            assertThat(set.size()).isEqualTo(9);
        }
    }

    @Test
    void withoutAModulePathOnlyTheParentIsAsked() throws IOException {
        try (URLClassLoader found = ModulePathFiles.behind(NOBODY, null)) {
            assertThat(found.getResource("org/example/linux-x86_64/libone.so")).isNull();
        }
    }

    @Test
    void theParentComesFirst() throws IOException {
        String resource = "org/example/libone.so";
        Path first = jar("first.jar", resource);
        Path second = jar("second.jar", resource);
        try (URLClassLoader parent = new URLClassLoader(new URL[] {first.toUri().toURL()}, NOBODY);
                URLClassLoader found = ModulePathFiles.behind(parent, second.toString())) {
            assertThat(found.getResource(resource)).asString().contains("first.jar");
        }
    }
}
