package dev.mmgen.io;

import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.torch.io.StandIn;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file of settings, mostly the {@code config.json} of a folder: at most 1 MiB, and written whole or not at all. */
final class SettingsFile {

    static final String NAME = "config.json";

    private static final int MAX_BYTES = 1 << 20;

    private SettingsFile() {}

    /**
     * Reads the settings of a folder.
     *
     * @param missing end of the message for a folder without settings
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
     * @throws ModelFolderException if they cannot be read, or the file is not one of settings
     */
    static byte[] read(Path file) {
        try (InputStream stream = Files.newInputStream(file)) {
            return settings(stream);
        } catch (IOException e) {
            throw new ModelFolderException(file, "cannot be read: " + FileReason.reading(e), e);
        } catch (IllegalArgumentException e) {
            throw new ModelFolderException(file, String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Reads settings from a stream, which stays open.
     *
     * @throws UncheckedIOException if the stream fails
     * @throws IllegalArgumentException if it does not hold settings
     */
    static byte[] read(InputStream stream) {
        try {
            return settings(stream);
        } catch (IOException e) {
            throw new UncheckedIOException("settings cannot be read from their stream: " + e.getMessage(), e);
        }
    }

    /** Returns the bytes without a byte-order mark, which some editors write and JSON does not allow. */
    private static byte[] settings(InputStream stream) throws IOException {
        byte[] bytes = stream.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException("is over " + MAX_BYTES + " bytes long; this is not a file of settings");
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        String plain = text.startsWith("\ufeff") ? text.substring(1) : text;
        StandIn.of(bytes).ifPresent(standIn -> {
            throw new IllegalArgumentException("is " + standIn.describe("the file"));
        });
        return plain.length() == text.length() ? bytes : plain.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Writes settings to a stream, which stays open.
     *
     * @throws UncheckedIOException if the stream fails
     */
    static void write(OutputStream stream, String json) {
        try {
            stream.write(json.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("settings cannot be written to their stream: " + e.getMessage(), e);
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
            throw new ModelFolderException(file, "cannot be written: " + FileReason.writing(e), e);
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
            throw new ModelFolderException(folder, "cannot be created: " + FileReason.writing(e), e);
        }
    }
}
