package dev.mmgen.torch;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The jars on the module path as files, whether or not their modules take part. Bytedeco's jars of native libraries do not: as
 * modules they require Bytedeco's Java, which nobody here uses, so nothing requires them.
 */
final class ModulePathFiles {

    private static final String JAR = ".jar";

    private ModulePathFiles() {}

    /**
     * Returns a loader of resources, which finds those of its parent first. Close it after use.
     *
     * @param modulePath the value of {@code jdk.module.path}: jars, folders of jars and folders of one module; null if there is none
     */
    static URLClassLoader behind(ClassLoader parent, @Nullable String modulePath) {
        List<URL> places = new ArrayList<>();
        if (modulePath != null) {
            for (String entry : modulePath.split(File.pathSeparator)) {
                if (!entry.isEmpty()) {
                    add(places, Path.of(entry));
                }
            }
        }
        return new URLClassLoader("mmgen-natives", places.toArray(URL[]::new), parent);
    }

    private static void add(List<URL> places, Path entry) {
        try {
            if (Files.isDirectory(entry)) {
                places.add(entry.toUri().toURL());
                try (DirectoryStream<Path> jars = Files.newDirectoryStream(entry, "*" + JAR)) {
                    for (Path jar : jars) {
                        places.add(jar.toUri().toURL());
                    }
                }
            } else if (entry.toString().endsWith(JAR)) {
                places.add(entry.toUri().toURL());
            }
        } catch (IOException _) {
            // What cannot be read gives no library; should one be missing then, loading says which.
        }
    }
}
