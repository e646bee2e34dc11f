package dev.mmgen.io;

import dev.mmgen.codec.LatentNormalization;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A JSON file that holds a normalization of latents alone, in the form of {@code config.json}:
 * {@code {"factor": 0.18215}} or {@code {"means": [[...]], "deviations": [[...]]}}.
 */
public final class LatentNormalizationFile {

    private LatentNormalizationFile() {}

    /**
     * Reads a file.
     *
     * @throws ModelFolderException if it is missing or holds something else; the message names the setting
     */
    public static LatentNormalization read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new ModelFolderException(
                    file,
                    "is not a file; LatentStatistics of mmgen-train measures latents, as 'mmgen prepare statistics' does");
        }
        try {
            return ModelJson.parse(SettingsFile.read(file), LatentNormalization.class);
        } catch (IllegalArgumentException e) {
            throw new ModelFolderException(file, "does not hold a normalization of latents: " + e.getMessage(), e);
        }
    }

    /**
     * Reads a stream to its end; the caller closes it.
     *
     * @throws IllegalArgumentException if it holds something else; the message names the setting
     * @throws java.io.UncheckedIOException if the stream fails
     */
    public static LatentNormalization read(InputStream stream) {
        return ModelJson.parse(SettingsFile.read(stream), LatentNormalization.class);
    }

    /**
     * Writes to a stream, which the caller closes.
     *
     * @throws IllegalStateException if the normalization is not one that JSON can hold
     * @throws java.io.UncheckedIOException if the stream fails
     */
    public static void write(OutputStream stream, LatentNormalization latents) {
        SettingsFile.write(stream, ModelJson.write(latents));
    }

    /**
     * Writes a file. It appears whole or not at all, and replaces one that was there.
     *
     * @throws IllegalStateException if the normalization is not one that JSON can hold
     * @throws ModelFolderException if it cannot be written
     */
    public static void write(Path file, LatentNormalization latents) {
        String json = ModelJson.write(latents);
        Path target = file.toAbsolutePath();
        if (target.getParent() != null) {
            SettingsFile.makeFolder(target.getParent());
        }
        SettingsFile.writeFile(target, json);
    }
}
