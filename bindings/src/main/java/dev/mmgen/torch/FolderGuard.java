package dev.mmgen.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The rule about who may write to the cache of libraries: this user or root, and nobody else, since a library that is
 * loaded is code that is run. File systems without POSIX owners, as those of Windows, are not looked at.
 */
final class FolderGuard {

    private static final int ROOT = 0;
    private static final int STICKY = 01000;
    private static final int GROUP_WRITES = 0020;
    private static final int ALL_WRITE = 0002;

    /** The user as whom this process acts; null where that cannot be told. */
    private static final @Nullable Integer ME = effectiveUser();

    private FolderGuard() {}

    /**
     * Checks a folder in which entries have owners of their own; with the sticky bit, as {@code /tmp}, others may write.
     *
     * @throws LibtorchException if another user could replace its entries
     */
    static void requireSafeParent(Path folder) throws IOException {
        require(folder, true);
    }

    /**
     * Checks a file, or a folder all of whose entries are trusted.
     *
     * @throws LibtorchException if another user could write it
     */
    static void requireSafe(Path path) throws IOException {
        require(path, false);
    }

    private static void require(Path path, boolean stickyHelps) throws IOException {
        Map<String, Object> facts;
        try {
            facts = Files.readAttributes(path, "unix:mode,uid", LinkOption.NOFOLLOW_LINKS);
        } catch (UnsupportedOperationException | IllegalArgumentException _) {
            return;
        }
        int mode = (Integer) Objects.requireNonNull(facts.get("mode"));
        int owner = (Integer) Objects.requireNonNull(facts.get("uid"));
        String remedy = " Name a folder of your own with -Dmmgen.cache=<folder>.";
        if (owner != ROOT && ME != null && owner != ME) {
            throw new LibtorchException(
                    path + " belongs to the user " + posix(path).owner().getName()
                            + ", who could change the libraries that are loaded from it." + remedy);
        }
        if (Files.isSymbolicLink(path) && Files.isDirectory(path)) {
            // A link has the mode 777, which says nothing; what counts is who can change its target, or put another
            // there.
            Path target = path.toRealPath();
            Path parent = target.getParent();
            if (parent != null) {
                require(parent, true);
            }
            require(target, stickyHelps);
            return;
        }
        boolean shared = (mode & ALL_WRITE) != 0 || ((mode & GROUP_WRITES) != 0 && !isGroupOfOne(posix(path)));
        if (shared && !(stickyHelps && (mode & STICKY) != 0)) {
            throw new LibtorchException("Other users can write to " + path + " (mode "
                    + Integer.toOctalString(mode & 07777) + ") and so change the libraries that are loaded from it: run"
                    + " `chmod go-w` on it, or delete it." + remedy);
        }
    }

    private static boolean isGroupOfOne(PosixFileAttributes file) {
        return file.group().getName().equals(file.owner().getName());
    }

    /** Reads the names of owner and group, which takes far longer than reading their numbers. */
    private static PosixFileAttributes posix(Path path) throws IOException {
        return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static @Nullable Integer effectiveUser() {
        String label = "Uid:";
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith(label)) {
                    return Integer.valueOf(
                            line.substring(label.length()).strip().split("\t")[1]);
                }
            }
        } catch (IOException _) {
            // Only Linux has it.
        }
        return null;
    }
}
