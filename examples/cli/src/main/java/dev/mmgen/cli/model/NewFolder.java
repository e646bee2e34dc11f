package dev.mmgen.cli.model;

import dev.mmgen.torch.io.FileReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A folder that appears complete or not at all: it is filled under a temporary name beside its own. */
final class NewFolder implements AutoCloseable {

    private final Path wanted;
    private final Path target;
    private final Path partial;

    /**
     * @throws IllegalStateException if the folder exists and is not empty
     */
    NewFolder(Path folder) {
        wanted = folder;
        target = folder.toAbsolutePath().normalize();
        partial = target.resolveSibling("." + UUID.randomUUID() + ".tmp");
        if (Files.exists(target) && !isEmptyFolder(target)) {
            throw new IllegalStateException(
                    folder + " exists already and is not an empty folder; name a new one, or remove it");
        }
    }

    private static boolean isEmptyFolder(Path path) {
        if (!Files.isDirectory(path)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.findAny().isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(path + " cannot be listed: " + FileReason.reading(e), e);
        }
    }

    /**
     * Writes the content.
     *
     * @param content takes the folder to write to; where it fails with a message that names that folder, the wanted one is named
     */
    void fill(Consumer<Path> content) {
        try {
            content.accept(partial);
        } catch (RuntimeException e) {
            String message = e.getMessage();
            if (message == null || !message.contains(partial.toString())) {
                throw e;
            }
            throw new IllegalStateException(message.replace(partial.toString(), wanted.toString()), e);
        }
    }

    /** Gives the folder its name. */
    void complete() {
        try {
            Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
            throw new IllegalStateException(
                    wanted + " was made meanwhile by another program, and is left as it is; name another folder", e);
        } catch (IOException e) {
            throw new UncheckedIOException(wanted + " cannot be created: " + FileReason.writing(e), e);
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
            throw new UncheckedIOException(partial + " cannot be removed: " + FileReason.writing(e), e);
        }
    }
}
