package dev.mmgen.train.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.torch.json.Json;
import dev.mmgen.torch.json.JsonException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The list of a data set's samples: a file with one JSON object per line, in the fields of the official implementation,
 * {@code cat}, {@code idx_cat}, {@code path_rel_rgb} and, where images are needed, {@code path_rgb}, {@code
 * path_depth}, {@code path_normal}, {@code path_mask} or {@code path_} and a modality of your own. Other fields are
 * ignored, and so are blank lines. Immutable.
 */
public final class JsonlIndex {

    private static final String PATH_PREFIX = "path_";
    private static final String KEY_FIELD = "path_rel_rgb";
    /** Editors of Windows begin a file with it; joined files have it in the middle. */
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private final List<IndexEntry> entries;

    private JsonlIndex(List<IndexEntry> entries) {
        this.entries = entries;
    }

    /**
     * Returns the index of these samples, in this order.
     *
     * @throws IllegalArgumentException if there are none
     */
    public static JsonlIndex of(List<IndexEntry> entries) {
        if (entries.isEmpty()) {
            throw new IllegalArgumentException("an index of no samples; it must list at least one");
        }
        return new JsonlIndex(List.copyOf(entries));
    }

    /**
     * Reads an index, UTF-8 with or without byte-order marks.
     *
     * @throws DataException if the file cannot be read, holds no sample, or a line is broken; the message names the
     *     line
     */
    public static JsonlIndex read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return read(in, file.toString());
        } catch (IOException e) {
            throw new DataException(file, "cannot be read: " + FileReason.reading(e), e);
        }
    }

    /**
     * Reads an index from a stream, which stays open.
     *
     * @param name of the index in messages
     * @throws DataException as {@link #read(Path)}
     */
    public static JsonlIndex read(InputStream in, String name) {
        List<IndexEntry> entries = new ArrayList<>();
        try {
            // A decoder of its own, since that of a reader replaces what is not UTF-8.
            BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
            int number = 1;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                String text = line.startsWith(BYTE_ORDER_MARK) ? line.substring(1) : line;
                if (!text.isBlank()) {
                    entries.add(parse(name + " line " + number, text));
                }
                number++;
            }
        } catch (CharacterCodingException e) {
            throw new DataException(name + " is not UTF-8 text", e);
        } catch (IOException e) {
            throw new DataException(name + " cannot be read: " + FileReason.reading(e), e);
        }
        if (entries.isEmpty()) {
            throw new DataException(name + " lists no sample");
        }
        return new JsonlIndex(List.copyOf(entries));
    }

    private static IndexEntry parse(String place, String line) {
        try {
            JsonNode fields = Json.COMPACT.tree(line);
            if (!fields.isObject()) {
                throw new IllegalArgumentException("is not a JSON object");
            }
            String category = text(fields, "cat");
            return new IndexEntry(category, label(fields), text(fields, KEY_FIELD), images(fields));
        } catch (JsonException e) {
            throw new DataException(place + " is not JSON: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new DataException(place + ": " + e.getMessage(), e);
        }
    }

    private static String text(JsonNode fields, String name) {
        JsonNode value = fields.get(name);
        if (value == null || !value.isTextual()) {
            throw new IllegalArgumentException(
                    "the field '" + name + "' " + (value == null ? "is missing" : "is not a text"));
        }
        return value.asText();
    }

    private static int label(JsonNode fields) {
        JsonNode value = fields.get("idx_cat");
        if (value == null || !value.isIntegralNumber() || !value.canConvertToInt()) {
            throw new IllegalArgumentException(
                    "the field 'idx_cat' " + (value == null ? "is missing" : "is not a class number: " + value));
        }
        return value.asInt();
    }

    private static Map<String, Path> images(JsonNode fields) {
        Map<String, Path> images = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : fields.properties()) {
            String name = field.getKey();
            if (name.startsWith(PATH_PREFIX) && !name.equals(KEY_FIELD)) {
                images.put(name.substring(PATH_PREFIX.length()), path(fields, name));
            }
        }
        return images;
    }

    private static Path path(JsonNode fields, String name) {
        try {
            return Path.of(text(fields, name));
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("the field '" + name + "' is not a path: " + e.getReason(), e);
        }
    }

    /**
     * Writes the index. The file appears whole or not at all; missing folders are made.
     *
     * @throws DataException if it cannot be written
     */
    public void write(Path file) {
        JsonLines.write(file, entries.stream().map(JsonlIndex::fields).toList());
    }

    private static Map<String, Object> fields(IndexEntry entry) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("cat", entry.category());
        fields.put("idx_cat", entry.label());
        fields.put(KEY_FIELD, entry.key());
        entry.images().forEach((name, path) -> fields.put(PATH_PREFIX + name, path.toString()));
        return fields;
    }

    /** Returns the samples in order. */
    public List<IndexEntry> entries() {
        return entries;
    }

    /** Returns the number of samples, at least 1. */
    public int size() {
        return entries.size();
    }

    /** Returns a text that is the same for the same keys and classes in the same order, wherever their files lie. */
    public String fingerprint() {
        CRC32C sum = new CRC32C();
        for (IndexEntry entry : entries) {
            sum.update((entry.key() + '\0' + entry.label() + '\n').getBytes(StandardCharsets.UTF_8));
        }
        return size() + " samples, checksum " + Long.toHexString(sum.getValue());
    }

    /** Returns one more than the largest class number. */
    public int classes() {
        return entries.stream().mapToInt(IndexEntry::label).max().orElseThrow() + 1;
    }
}
