package dev.mmgen.torch.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mmgen.torch.json.Json;
import dev.mmgen.torch.json.JsonException;
import dev.mmgen.torch.weights.file.FileBytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The index of a sharded model: which file holds which tensor.
 *
 * @param metadata the index's scalar metadata as text
 * @param shardOfKey file name by tensor name
 */
record ShardIndex(Path path, Map<String, String> metadata, Map<String, String> shardOfKey) {

    private static final String WEIGHT_MAP = "weight_map";
    private static final int MAX_BYTES = 100_000_000;
    private static final int MAX_DEPTH = 16;
    private static final Json JSON = Json.of(Json.builder(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build()));

    static ShardIndex read(Path path) {
        JsonNode root;
        try (FileBytes file = FileBytes.open(path, WeightFileException::new)) {
            if (file.size() > MAX_BYTES) {
                throw new WeightFileException(path, "is too large for an index of weight files");
            }
            ByteBuffer bytes = file.read(0, (int) file.size(), "the index");
            root = JSON.tree(bytes.array());
        } catch (JsonException e) {
            throw new WeightFileException(path, "is not valid JSON: " + e.getMessage(), e);
        }
        if (!root.path(WEIGHT_MAP).isObject()) {
            throw new WeightFileException(path, "has no " + WEIGHT_MAP + "; it is not an index of safetensors files");
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        root.path("metadata").forEachEntry((name, value) -> {
            if (value.isValueNode()) {
                metadata.put(name, value.asText(""));
            }
        });
        Map<String, String> shards = new LinkedHashMap<>();
        root.path(WEIGHT_MAP).forEachEntry((key, shard) -> shards.put(key, checked(path, key, shard)));
        return new ShardIndex(path, metadata, shards);
    }

    /** Returns the index as JSON. */
    byte[] toJson(long totalBytes) {
        ObjectNode root = JSON.object();
        ObjectNode head = root.putObject("metadata");
        metadata.forEach(head::put);
        head.put("total_size", totalBytes);
        ObjectNode map = root.putObject(WEIGHT_MAP);
        shardOfKey.forEach(map::put);
        return (root.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String checked(Path path, String key, JsonNode shard) {
        String name = shard.isTextual() ? shard.textValue() : "";
        if (!name.endsWith(WeightFolder.SUFFIX) || !isPlainName(name)) {
            throw new WeightFileException(
                    path,
                    key,
                    "its file " + shard + " must be the plain name of a .safetensors file in the same folder",
                    null);
        }
        return name;
    }

    private static boolean isPlainName(String name) {
        return name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
    }
}
