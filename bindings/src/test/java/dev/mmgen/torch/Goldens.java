package dev.mmgen.torch;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.torch.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Finds recordings of the reference implementation: in the folder of the system property {@code mmgen.goldens}, else
 * beside the repository, else the small selection in this module's test resources.
 */
public final class Goldens {

    private static final Path BESIDE_REPOSITORY = Path.of("..", "..", "shared", "goldens");
    private static final Path SELECTION = Path.of("src", "test", "resources", "goldens");

    private Goldens() {}

    /** Returns the folder of one topic. */
    public static Path folder(String topic) {
        String configured = System.getProperty("mmgen.goldens", "");
        Path root;
        if (!configured.isEmpty()) {
            // Tests run in the module's folder, but people start them in the repository's.
            root = Path.of("..").resolve(configured);
        } else {
            root = Files.isDirectory(BESIDE_REPOSITORY.resolve(topic)) ? BESIDE_REPOSITORY : SELECTION;
        }
        Path folder = root.resolve(topic);
        if (!Files.isDirectory(folder)) {
            throw new IllegalStateException("no recordings in "
                    + folder.toAbsolutePath().normalize() + "; set -Dmmgen.goldens to their folder, or leave it empty");
        }
        return folder;
    }

    /** Returns the description of a topic's files. */
    public static JsonNode manifest(String topic) {
        try {
            return Json.COMPACT.tree(Files.readAllBytes(folder(topic).resolve("manifest.json")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
