package dev.mmgen.torch;

import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The folder to which libraries are extracted, one folder a {@link NativeSet}. It may be deleted when no program uses
 * it.
 *
 * <p>A set is written beside its place and then renamed in one step. So a folder with the right name is complete,
 * whatever interrupted an extraction, and processes that extract at the same time do not meet: the first rename wins.
 */
final class NativeCache {

    private static final Logger LOG = System.getLogger(NativeCache.class.getName());

    private static final String PARTIAL = ".partial";

    /** A partial folder this old was left behind by a process that was killed. */
    private static final Duration ABANDONED = Duration.ofDays(1);

    /** More than one is needed only where something deletes files of the cache meanwhile. */
    private static final int ATTEMPTS = 3;

    private final Path root;

    NativeCache(Path root) {
        this.root = root;
    }

    /**
     * The folder with the set's files, which are extracted unless they are there.
     *
     * @throws LibtorchException if that fails; nothing is left behind then
     */
    Path extract(NativeSet set) {
        Path folder = root.resolve(set.folderName());
        try {
            if (!isComplete(folder, set)) {
                Files.createDirectories(root);
                deleteAbandoned();
                requireRoom(set);
                // Only what takes seconds is worth a user's attention.
                LOG.log(
                        set.size() > 10_000_000 ? Logger.Level.INFO : Logger.Level.DEBUG,
                        "Extracting {0} ({1}) to {2}, once",
                        set.name(),
                        megabytes(set.size()),
                        folder);
                publish(set, folder);
            }
            return folder;
        } catch (IOException e) {
            throw new LibtorchException(
                    "Cannot extract " + set.name() + " (" + megabytes(set.size()) + ") to " + folder + ": " + reason(e)
                            + ". Name a writable folder with room by -Dmmgen.cache=<folder>.",
                    e);
        }
    }

    private void publish(NativeSet set, Path folder) throws IOException {
        Path partial = partial(set);
        try {
            Files.createDirectory(partial);
            for (NativeResource file : set.files()) {
                file.copyTo(partial.resolve(file.name()));
            }
            rename(partial, folder, set);
        } finally {
            delete(partial);
        }
    }

    private void rename(Path partial, Path folder, NativeSet set) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                Files.move(partial, folder, StandardCopyOption.ATOMIC_MOVE);
                return;
            } catch (FileSystemException e) {
                if (isComplete(folder, set)) {
                    return;
                }
                if (attempt == ATTEMPTS || !Files.exists(folder)) {
                    throw e;
                }
                setAside(folder, set);
            }
        }
    }

    /** Removes a folder that has lost files since it was complete. */
    private void setAside(Path folder, NativeSet set) throws IOException {
        Path aside = partial(set);
        Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
        delete(aside);
    }

    private Path partial(NativeSet set) {
        return root.resolve(set.folderName() + "." + UUID.randomUUID() + PARTIAL);
    }

    private static boolean isComplete(Path folder, NativeSet set) throws IOException {
        for (NativeResource file : set.files()) {
            if (!file.isAt(folder)) {
                return false;
            }
        }
        return true;
    }

    private void requireRoom(NativeSet set) throws IOException {
        long free = Files.getFileStore(root).getUsableSpace();
        if (free < set.size()) {
            throw new IOException("only " + megabytes(free) + " are free there");
        }
    }

    private void deleteAbandoned() throws IOException {
        Instant limit = Instant.now().minus(ABANDONED);
        try (Stream<Path> entries = Files.list(root)) {
            for (Path entry :
                    entries.filter(path -> path.toString().endsWith(PARTIAL)).toList()) {
                if (Files.exists(entry)
                        && Files.getLastModifiedTime(entry).toInstant().isBefore(limit)) {
                    delete(entry);
                }
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** A FileSystemException's message is often a bare path; its class tells what is wrong with it. */
    private static String reason(IOException e) {
        if (e instanceof FileSystemException system && system.getReason() == null) {
            return e.getClass().getSimpleName().replace("Exception", "") + " " + e.getMessage();
        }
        return String.valueOf(e.getMessage());
    }

    private static String megabytes(long bytes) {
        return bytes < 1_000_000 ? bytes + " bytes" : bytes / 1_000_000 + " MB";
    }
}
