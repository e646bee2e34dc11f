package dev.mmgen.torch;

import dev.mmgen.torch.io.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The note beside extracted libraries that their content has been verified: size and times of every file as they were
 * then. Hashing 770 MB takes a third of a second and more, reading the note a millisecond. The time of the last change of
 * status, which no program can set back, is part of it where the system has one.
 */
final class NativeSeal {

    private static final String NAME = ".verified";

    private final Path folder;
    private final NativeSet set;

    NativeSeal(Path folder, NativeSet set) {
        this.folder = folder;
        this.set = set;
    }

    /** Returns true if the files are those that were verified. */
    boolean isUnbroken() throws IOException {
        Path note = folder.resolve(NAME);
        if (!Files.isRegularFile(note, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        FolderGuard.requireSafe(note);
        return Files.readString(note).equals(text());
    }

    /** Notes that the files have just been verified. */
    void write() throws IOException {
        AtomicFile.replace(
                folder.resolve(NAME), channel -> AtomicFile.writeFully(channel, StandardCharsets.UTF_8.encode(text())));
    }

    /** Notes it where that can be done: a cache that root filled is verified at every start. */
    void renew() {
        try {
            write();
        } catch (IOException _) {
            // The next start hashes again.
        }
    }

    private String text() throws IOException {
        var text = new StringBuilder();
        for (NativeResource file : set.files()) {
            text.append(file.name())
                    .append(' ')
                    .append(file.crc())
                    .append(' ')
                    .append(new TreeMap<>(facts(folder.resolve(file.name()))))
                    .append('\n');
        }
        return text.toString();
    }

    private static Map<String, Object> facts(Path file) throws IOException {
        try {
            return Files.readAttributes(file, "unix:size,lastModifiedTime,ctime,uid", LinkOption.NOFOLLOW_LINKS);
        } catch (UnsupportedOperationException | IllegalArgumentException _) {
            return Files.readAttributes(file, "size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
        }
    }
}
