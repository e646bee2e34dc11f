package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.torch.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One topic of the recordings made with the reference implementation.
 *
 * <p>The recordings' folder is the system property {@code mmgen.goldens} (relative paths: from the repository's root),
 * else {@code ../shared/goldens}; without that, the selection in this module's test resources.
 */
public final class Goldens {

    private static final Path REPOSITORY = Path.of("..");
    private static final String DEFAULT_FOLDER = "../shared/goldens";

    private final Path folder;

    private Goldens(Path folder) {
        this.folder = folder;
    }

    /** Returns the recordings of a topic; a folder that was named outright must hold it. */
    public static Goldens folder(String topic) {
        String named = System.getProperty("mmgen.goldens", "");
        Path folder =
                REPOSITORY.resolve(named.isEmpty() ? DEFAULT_FOLDER : named).resolve(topic);
        if (named.isEmpty() && !Files.isDirectory(folder)) {
            folder = resource("/goldens/" + topic);
        }
        assertThat(folder.resolve("manifest.json")).isRegularFile();
        return new Goldens(folder);
    }

    /** Returns whether a topic that has no selection in the test resources was recorded. */
    public static boolean has(String topic) {
        String named = System.getProperty("mmgen.goldens", "");
        return Files.isDirectory(
                REPOSITORY.resolve(named.isEmpty() ? DEFAULT_FOLDER : named).resolve(topic));
    }

    private static Path resource(String name) {
        URL url = Goldens.class.getResource(name);
        assertThat(url).as("test resource %s", name).isNotNull();
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the path of one of the topic's files. */
    public Path path(String name) {
        return folder.resolve(name);
    }

    /** Returns the topic's manifest. */
    public JsonNode manifest() {
        return json("manifest.json");
    }

    /** Returns the content of a JSON file. */
    public JsonNode json(String name) {
        return Json.COMPACT.tree(bytes(name));
    }

    /** Returns the arrays in a safetensors file, in the header's order. */
    public Map<String, Array> arrays(String name) {
        ByteBuffer file = ByteBuffer.wrap(bytes(name)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[Math.toIntExact(file.getLong())];
        file.get(header);
        int dataStart = file.position();
        Map<String, Array> arrays = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : Json.COMPACT.tree(header).properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                JsonNode offsets = entry.getValue().get("data_offsets");
                int begin = offsets.get(0).asInt();
                ByteBuffer data = file.slice(dataStart + begin, offsets.get(1).asInt() - begin)
                        .order(ByteOrder.LITTLE_ENDIAN);
                int[] shape = entry.getValue()
                        .get("shape")
                        .valueStream()
                        .mapToInt(JsonNode::asInt)
                        .toArray();
                arrays.put(
                        entry.getKey(), new Array(entry.getValue().get("dtype").asText(), shape, data));
            }
        }
        return arrays;
    }

    private byte[] bytes(String name) {
        try {
            return Files.readAllBytes(path(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A recorded array, row-major; {@code dtype} is the name in safetensors: F32, I64, U8 and so on. */
    public record Array(String dtype, int[] shape, ByteBuffer data) {

        /** Returns the elements of an F32 array. */
        public float[] floats() {
            assertThat(dtype).isEqualTo("F32");
            float[] values = new float[data.capacity() / Float.BYTES];
            data.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
            return values;
        }

        /** Returns the elements of an I64 or U8 array. */
        public long[] integers() {
            assertThat(dtype).isIn("I64", "U8");
            int width = dtype.equals("U8") ? 1 : Long.BYTES;
            long[] values = new long[data.capacity() / width];
            for (int i = 0; i < values.length; i++) {
                values[i] = width == 1 ? data.get(i) & 0xff : data.getLong(i * Long.BYTES);
            }
            return values;
        }
    }
}
