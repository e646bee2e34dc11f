package dev.mmgen.train.data;

import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.torch.json.Json;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The form of files with one JSON object per line. */
public final class JsonLines {

    private JsonLines() {}

    /**
     * Returns an object as one line, without its end.
     *
     * @param fields texts, numbers, truth values, lists and maps of them
     */
    public static String line(Map<String, ?> fields) {
        return Json.COMPACT.write(fields);
    }

    /** Writes a file, whole or not at all; missing folders are made. */
    static void write(Path file, List<? extends Map<String, ?>> lines) {
        Path target = file.toAbsolutePath();
        try {
            Files.createDirectories(target.resolveSibling(""));
            AtomicFile.replace(target, channel -> {
                Writer writer = new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
                for (Map<String, ?> line : lines) {
                    writer.write(line(line));
                    writer.write('\n');
                }
                writer.flush();
            });
        } catch (IOException e) {
            throw new DataException(file, "cannot be written: " + FileReason.writing(e), e);
        }
    }
}
