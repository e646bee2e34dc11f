package dev.mmgen.train.data;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Files with one JSON object a line. */
final class JsonLines {

    private JsonLines() {}

    /** Writes under a temporary name and renames, so that the file is there whole or not at all. */
    static void write(Path file, List<? extends Map<String, ?>> lines) {
        Path target = file.toAbsolutePath();
        Path temporary = target.resolveSibling(target.getFileName() + ".tmp");
        try {
            Files.createDirectories(target.getParent());
            try (Writer writer = Files.newBufferedWriter(temporary)) {
                for (Map<String, ?> line : lines) {
                    writer.write(JsonMapper.shared().writeValueAsString(line));
                    writer.write('\n');
                }
            }
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            temporary.toFile().delete();
            throw new DataException(file, "cannot be written: " + e, e);
        }
    }
}
