package dev.mmgen.cli.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** A folder that appears whole or not at all: it is filled under another name beside its own. */
public final class NewFolder implements AutoCloseable {

    private final Path target;
    private final Path partial;

    /**
     * @throws IllegalStateException if the folder is there and not empty
     */
    public NewFolder(Path folder) {
        target = folder.toAbsolutePath().normalize();
        partial = target.resolveSibling("." + UUID.randomUUID() + ".tmp");
        if (Files.exists(target) && !isEmptyFolder(target)) {
            throw new IllegalStateException(folder + " is there and not an empty folder; name a new one, or remove it");
        }
    }

    private static boolean isEmptyFolder(Path path) {
        if (!Files.isDirectory(path)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.findAny().isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(path + " cannot be listed: " + e.getMessage(), e);
        }
    }

    /** Returns where to put the content for now. */
    public Path partial() {
        return partial;
    }

    /** Gives the folder its name. */
    public void complete() {
        try {
            Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(target + " cannot be made: " + e, e);
        }
    }

    /** Removes the content, unless it was complete. */
    @Override
    public void close() {
        if (!Files.exists(partial)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(partial)) {
            List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(partial + " cannot be removed: " + e.getMessage(), e);
        }
    }
}
