package dev.mmgen.io;

import dev.mmgen.codec.LatentNormalization;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How latents are normalised, as a JSON file of its own in the form that {@code config.json} has it in: {@code
 * {"factor": 0.18215}} or {@code {"means": [[...]], "deviations": [[...]]}}.
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
            throw new ModelFolderException(file, "is not a file; 'mmgen prepare statistics' makes one");
        }
        try {
            return ModelJson.parse(SettingsFile.read(file), LatentNormalization.class);
        } catch (IllegalArgumentException e) {
            throw new ModelFolderException(file, "does not say how latents are normalised: " + e.getMessage(), e);
        }
    }

    /**
     * Writes a file. It appears whole or not at all, and replaces one that was there.
     *
     * @throws ModelFolderException if it cannot be written
     */
    public static void write(Path file, LatentNormalization latents) {
        Path target = file.toAbsolutePath();
        if (target.getParent() != null) {
            SettingsFile.makeFolder(target.getParent());
        }
        SettingsFile.writeFile(target, ModelJson.write(latents));
    }
}
