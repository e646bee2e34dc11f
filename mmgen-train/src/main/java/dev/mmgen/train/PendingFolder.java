package dev.mmgen.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A folder that is filled under a temporary name beside its target. It takes the target's name when it is committed; closed
 * before, it vanishes and what was there stays.
 */
final class PendingFolder implements AutoCloseable {

    private final Path target;
    private final Path temporary;

    PendingFolder(Path target) {
        this.target = target;
        this.temporary = hidden(target);
        try {
            Files.createDirectories(temporary);
        } catch (IOException e) {
            throw new TrainingException(target + " cannot be made: " + e, e);
        }
    }

    private static Path hidden(Path path) {
        return path.resolveSibling("." + path.getFileName() + "." + UUID.randomUUID() + ".tmp");
    }

    /** Returns where to put the content for now. */
    Path path() {
        return temporary;
    }

    /** Gives the folder its name; one that has it is removed. */
    void commit() {
        try {
            if (Files.exists(target)) {
                remove(target);
            }
            Files.move(temporary, target);
        } catch (IOException e) {
            throw new TrainingException(target + " cannot be made: " + e, e);
        }
    }

    /** Removes a file or a folder with all it holds; a folder loses its name first, so that none is ever half there. */
    static void remove(Path path) {
        try {
            Path doomed = path;
            if (Files.isDirectory(path) && !path.getFileName().toString().startsWith(".")) {
                doomed = Files.move(path, hidden(path));
            }
            try (Stream<Path> tree = Files.walk(doomed)) {
                List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
                for (Path part : deepestFirst) {
                    Files.delete(part);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            throw new TrainingException(path + " cannot be removed: " + e, e);
        }
    }

    @Override
    public void close() {
        if (Files.exists(temporary)) {
            remove(temporary);
        }
    }
}
