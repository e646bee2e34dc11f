package dev.mmgen.torch.weights;

import dev.mmgen.torch.weights.file.FileBytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

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

    static ShardIndex read(Path path) {
        JsonNode root;
        try (FileBytes file = FileBytes.open(path, WeightFileException::new)) {
            if (file.size() > MAX_BYTES) {
                throw new WeightFileException(path, "is too large for an index of weight files");
            }
            ByteBuffer bytes = file.read(0, (int) file.size(), "the index");
            root = mapper().readTree(bytes.array());
        } catch (JacksonException e) {
            throw new WeightFileException(path, "is not valid JSON: " + e.getOriginalMessage(), e);
        }
        if (!root.path(WEIGHT_MAP).isObject()) {
            throw new WeightFileException(path, "has no " + WEIGHT_MAP + "; it is not an index of safetensors files");
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        root.path("metadata").forEachEntry((name, value) -> {
            if (value.isValueNode()) {
                metadata.put(name, value.asString());
            }
        });
        Map<String, String> shards = new LinkedHashMap<>();
        root.path(WEIGHT_MAP).forEachEntry((key, shard) -> shards.put(key, checked(path, key, shard)));
        return new ShardIndex(path, metadata, shards);
    }

    /** Returns the index as JSON. */
    byte[] toJson(long totalBytes) {
        ObjectNode root = mapper().createObjectNode();
        ObjectNode head = root.putObject("metadata");
        metadata.forEach(head::put);
        head.put("total_size", totalBytes);
        ObjectNode map = root.putObject(WEIGHT_MAP);
        shardOfKey.forEach(map::put);
        return (root.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String checked(Path path, String key, JsonNode shard) {
        String name = shard.isString() ? shard.stringValue() : "";
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

    private static JsonMapper mapper() {
        return JsonMapper.builder(JsonFactory.builder()
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxNestingDepth(MAX_DEPTH)
                                .build())
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
    }
}
