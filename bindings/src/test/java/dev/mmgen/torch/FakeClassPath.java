package dev.mmgen.torch;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/** Class paths that hold nothing but a few small resources. */
final class FakeClassPath {

    private FakeClassPath() {}

    static URLClassLoader ofJar(Path jar, Map<String, byte[]> resources) throws IOException {
        try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (var resource : resources.entrySet()) {
                out.putNextEntry(new JarEntry(resource.getKey()));
                out.write(resource.getValue());
            }
        }
        return of(jar);
    }

    static URLClassLoader ofFolder(Path folder, Map<String, byte[]> resources) throws IOException {
        for (var resource : resources.entrySet()) {
            Path file = folder.resolve(resource.getKey());
            Files.createDirectories(file.getParent());
            Files.write(file, resource.getValue());
        }
        return of(folder);
    }

    static URLClassLoader of(Path jarOrFolder) throws IOException {
        return new URLClassLoader(new URL[] {jarOrFolder.toUri().toURL()}, null);
    }
}
