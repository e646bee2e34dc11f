package dev.mmgen.torch;

import dev.mmgen.torch.io.FileReason;
import java.io.File;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
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
 * whatever interrupted an extraction, and processes that extract at the same time wait for the first.
 *
 * <p>Nothing is loaded unseen: only this user or root may be able to write the files, and their content is compared with
 * the checksums of the jar once, and again whenever size or times of a file have changed since; a file with other content
 * is extracted anew.
 */
final class NativeCache {

    private static final String PARTIAL = ".partial";

    /** Locked by the process that extracts. */
    private static final String LOCK = ".lock";

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
            if (!isSound(folder, set)) {
                createRoot();
                FolderGuard.requireSafeParent(root);
                try (CacheLock _ = CacheLock.of(root.resolve(LOCK))) {
                    if (!isSound(folder, set)) {
                        extract(set, folder);
                    }
                }
            }
            return folder;
        } catch (IOException e) {
            throw new LibtorchException(
                    "Cannot extract " + set.name() + " (" + megabytes(set.size()) + ") to " + folder + ": "
                            + FileReason.writing(e) + ". Name a writable folder with room by -Dmmgen.cache=<folder>.",
                    e);
        }
    }

    private void extract(NativeSet set, Path folder) throws IOException {
        deleteAbandoned();
        requireRoom(set);
        // Only what takes seconds is worth a user's attention.
        log().log(
                        set.size() > 10_000_000 ? Logger.Level.INFO : Logger.Level.DEBUG,
                        "Extracting {0} ({1}) to {2}, once",
                        set.name(),
                        megabytes(set.size()),
                        folder);
        publish(set, folder);
    }

    /** Asked for when there is something to say: the first logger of a process takes as long as all that is checked here. */
    private static Logger log() {
        return System.getLogger(NativeCache.class.getName());
    }

    private void createRoot() throws IOException {
        if (!Files.isDirectory(root)) {
            Files.createDirectories(root, ownersOnly(root));
        }
    }

    /** The permissions of new folders, whatever the process's mask allows the group. */
    private static FileAttribute<?>[] ownersOnly(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"))
                }
                : new FileAttribute<?>[0];
    }

    private void publish(NativeSet set, Path folder) throws IOException {
        Path partial = partial(set);
        try {
            Files.createDirectory(partial, ownersOnly(partial));
            for (NativeResource file : set.files()) {
                file.copyTo(partial.resolve(file.name()));
            }
            new NativeSeal(partial, set).write();
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
                if (isSound(folder, set)) {
                    return;
                }
                if (attempt == ATTEMPTS || !Files.exists(folder)) {
                    throw e;
                }
                setAside(folder, set);
            }
        }
    }

    /** Removes a folder that has lost or changed files since it was complete. */
    private void setAside(Path folder, NativeSet set) throws IOException {
        Path aside = partial(set);
        Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
        delete(aside);
    }

    private Path partial(NativeSet set) {
        return root.resolve(set.folderName() + "." + UUID.randomUUID() + PARTIAL);
    }

    /**
     * Returns true if all files are there with the content that they had in the jar.
     *
     * @throws LibtorchException if another user could change them
     */
    private boolean isSound(Path folder, NativeSet set) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        FolderGuard.requireSafeParent(root);
        FolderGuard.requireSafe(folder);
        for (NativeResource file : set.files()) {
            if (!file.isAt(folder)) {
                return false;
            }
            FolderGuard.requireSafe(folder.resolve(file.name()));
        }
        NativeSeal seal = new NativeSeal(folder, set);
        if (seal.isUnbroken()) {
            return true;
        }
        for (NativeResource file : set.files()) {
            if (!file.hasContentAt(folder)) {
                log().log(
                                Logger.Level.WARNING,
                                "{0} has changed since it was extracted and is extracted anew",
                                folder.resolve(file.name()));
                return false;
            }
        }
        seal.renew();
        return true;
    }

    private void requireRoom(NativeSet set) throws IOException {
        // Files.getFileStore throws in a chroot whose mount point is not listed; this answers 0 where nothing can be
        // told.
        File disk = root.toFile();
        long free = disk.getUsableSpace();
        if (disk.getTotalSpace() > 0 && free < set.size()) {
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

    private static String megabytes(long bytes) {
        return bytes < 1_000_000 ? bytes + " bytes" : bytes / 1_000_000 + " MB";
    }
}
