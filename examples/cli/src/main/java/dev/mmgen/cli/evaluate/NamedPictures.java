package dev.mmgen.cli.evaluate;

import dev.mmgen.torch.io.FileReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The pictures of a folder and its sub-folders. */
final class NamedPictures {

    private NamedPictures() {}

    /**
     * Returns the names of all files that are not hidden, relative to the folder.
     *
     * @throws IllegalArgumentException if it is no folder or holds no files
     */
    static SortedSet<String> names(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(folder + " is not a folder");
        }
        SortedSet<String> names = new TreeSet<>();
        try (Stream<Path> tree = Files.walk(folder)) {
            tree.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .filter(name -> !Path.of(name).getFileName().toString().startsWith("."))
                    .forEach(names::add);
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be listed: " + FileReason.reading(e), e);
        }
        if (names.isEmpty()) {
            throw new IllegalArgumentException(folder + " holds no files");
        }
        return names;
    }
}
