package dev.mmgen.torch.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder that is filled under a temporary name beside its target and renamed when it is complete. Closed before
 * {@link #commit}, it vanishes and the old folder stays.
 *
 * {@snippet class="dev.mmgen.torch.SnippetsTest" region="atomic-folder"}
 *
 * <p>Between the removal of the old folder and the rename there is a moment without either: file systems exchange no
 * folders. Instances belong to one thread.
 */
public final class AtomicFolder implements AutoCloseable {

    private final Path target;
    private final Path temporary;

    private AtomicFolder(Path target, Path temporary) {
        this.target = target;
        this.temporary = temporary;
    }

    /**
     * Begins a folder, with the folders above it.
     *
     * @throws IOException if it cannot be made
     */
    public static AtomicFolder open(Path target) throws IOException {
        Path absolute = target.toAbsolutePath();
        return new AtomicFolder(absolute, Files.createDirectories(AtomicFile.hidden(absolute)));
    }

    /** Returns where its files go before {@link #commit}. */
    public Path path() {
        return temporary;
    }

    /**
     * Gives the folder its name; an old one is deleted.
     *
     * @throws IOException if that fails
     */
    public void commit() throws IOException {
        delete(target);
        Files.move(temporary, target);
    }

    /** Drops the folder unless it is committed. Closing twice has no effect. */
    @Override
    public void close() throws IOException {
        delete(temporary);
    }

    /** Returns true for a folder that was left half filled by a process that was killed. */
    public static boolean isUnfinished(Path folder) {
        return AtomicFile.hasTemporaryName(folder) && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Deletes a file, or a folder with all its files; nothing if there is none. A folder first takes a temporary name,
     * so that none is ever half there. Links are deleted, not followed.
     *
     * @throws IOException if that fails
     */
    public static void delete(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        boolean hide = Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) && !AtomicFile.hasTemporaryName(path);
        Path doomed = hide ? Files.move(path, AtomicFile.hidden(path)) : path;
        List<Path> deepestFirst;
        try (Stream<Path> tree = Files.walk(doomed)) {
            deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path part : deepestFirst) {
            Files.delete(part);
        }
    }
}
