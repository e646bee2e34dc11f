package dev.mmgen.io;

import dev.mmgen.torch.io.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Settings as a file, mostly the {@code config.json} of a folder: short when read, and when written whole or not at all. */
final class SettingsFile {

    static final String NAME = "config.json";

    private static final long MAX_BYTES = 1 << 20;

    private SettingsFile() {}

    /**
     * Reads the settings of a folder.
     *
     * @param missing what to say of a folder without settings
     * @throws ModelFolderException if there are none, they cannot be read, or they are too long to be settings
     */
    static byte[] read(Path folder, String missing) {
        Path file = folder.resolve(NAME);
        if (!Files.isRegularFile(file)) {
            throw new ModelFolderException(
                    folder, Files.isDirectory(folder) ? "has no " + NAME + missing : "is not a folder" + missing);
        }
        return read(file);
    }

    /**
     * Reads settings.
     *
     * @throws ModelFolderException if they cannot be read or are too long to be settings
     */
    static byte[] read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new ModelFolderException(file, "is over " + MAX_BYTES + " bytes long; these are no settings");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new ModelFolderException(file, "cannot be read: " + reason(e), e);
        }
    }

    /**
     * Writes the settings of a folder under another name first.
     *
     * @throws ModelFolderException if they cannot be written; settings that were there before are then unchanged
     */
    static void write(Path folder, String json) {
        writeFile(folder.resolve(NAME), json);
    }

    /**
     * Writes settings under another name first.
     *
     * @throws ModelFolderException if they cannot be written; settings that were there before are then unchanged
     */
    static void writeFile(Path file, String json) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(json);
        try {
            AtomicFile.replace(file, channel -> AtomicFile.writeFully(channel, bytes));
        } catch (IOException e) {
            throw new ModelFolderException(file, "cannot be written: " + reason(e), e);
        }
    }

    /**
     * Makes a folder and those above it.
     *
     * @throws ModelFolderException if that fails
     */
    static void makeFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new ModelFolderException(folder, "cannot be made: " + reason(e), e);
        }
    }

    /** The message of an I/O exception is often a path alone. */
    private static String reason(IOException e) {
        return e.getClass().getSimpleName() + " " + e.getMessage()
                + "; check the path, its permissions and the space on the disk";
    }
}
