package dev.mmgen.geometry;

import dev.mmgen.torch.json.Json;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A mesh as glTF 2.0 in its binary form, which browsers, phones and modelling programs show. Colours are drawn as they are, without
 * light ({@code KHR_materials_unlit}), since the photo's light is in them; viewers that do not know this extension light them.
 */
public final class GlbFile {

    private static final int MAGIC = 0x46546C67;
    private static final int VERSION = 2;
    private static final int JSON_CHUNK = 0x4E4F534A;
    private static final int BINARY_CHUNK = 0x004E4942;

    private static final int FLOAT = 5126;
    private static final int UNSIGNED_SHORT = 5123;
    private static final int UNSIGNED_INT = 5125;
    private static final int ARRAY_BUFFER = 34962;
    private static final int ELEMENT_ARRAY_BUFFER = 34963;
    private static final int POINTS = 0;
    private static final int TRIANGLES = 4;

    private GlbFile() {}

    /**
     * Writes a mesh, or a point cloud if it has no triangles. The file appears whole or not at all; missing folders are made.
     *
     * @throws IllegalArgumentException if the mesh has no vertex, which glTF cannot say
     * @throws java.io.UncheckedIOException if the file cannot be written
     * @throws ArithmeticException if it would have 2 GiB or more
     */
    public static void write(TriangleMesh mesh, Path file) {
        GeometryFile.write(file, parts(mesh, file.toString()));
    }

    /**
     * Writes to a stream, which the caller closes.
     *
     * @throws java.io.UncheckedIOException if the stream fails
     * @see #write(TriangleMesh, Path) for the rest
     */
    public static void write(TriangleMesh mesh, OutputStream stream) {
        GeometryFile.write(stream, parts(mesh, "a stream"));
    }

    private static List<ByteBuffer> parts(TriangleMesh mesh, String target) {
        if (mesh.vertexCount() == 0) {
            throw new IllegalArgumentException("a mesh without vertices cannot be written to " + target
                    + ", since glTF has no empty meshes; choose another foreground");
        }
        Content content = new Content(mesh);
        byte[] json = padded(content.json());
        ByteBuffer binary = content.binary.flip();
        long length = 12L + 8 + json.length + 8 + binary.remaining();
        ByteBuffer head = little(12 + 8 + json.length + 8)
                .putInt(MAGIC)
                .putInt(VERSION)
                .putInt(Math.toIntExact(length))
                .putInt(json.length)
                .putInt(JSON_CHUNK)
                .put(json)
                .putInt(binary.remaining())
                .putInt(BINARY_CHUNK);
        return List.of(head.flip(), binary);
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** JSON chunks end at multiples of four, filled up with spaces. */
    private static byte[] padded(String json) {
        int length = json.getBytes(StandardCharsets.UTF_8).length;
        return (json + " ".repeat((4 - length % 4) % 4)).getBytes(StandardCharsets.UTF_8);
    }

    /** The numbers, and what is said of them. */
    private static final class Content {

        /** Three floats for the position, three for the normal, four shorts for the colour. */
        private static final int VERTEX_BYTES = 12 + 12 + 8;

        private final TriangleMesh mesh;
        private final ByteBuffer binary;
        private final List<Object> views = new ArrayList<>();
        private final List<Object> accessors = new ArrayList<>();

        Content(TriangleMesh mesh) {
            this.mesh = mesh;
            this.binary = little(Math.addExact(
                    Math.multiplyExact(VERTEX_BYTES, mesh.vertexCount()),
                    Math.multiplyExact(4, mesh.triangles().length)));
            putPositions();
            putNormals();
            putColours();
            if (mesh.triangleCount() > 0) {
                putTriangles();
            }
        }

        private void putPositions() {
            int start = binary.position();
            for (float value : mesh.positions()) {
                binary.putFloat(value);
            }
            float[] bounds = mesh.bounds();
            Map<String, Object> accessor = accessor(start, ARRAY_BUFFER, FLOAT, "VEC3", mesh.vertexCount());
            accessor.put("min", List.of(bounds[0], bounds[1], bounds[2]));
            accessor.put("max", List.of(bounds[3], bounds[4], bounds[5]));
        }

        private void putNormals() {
            int start = binary.position();
            for (float value : mesh.normals()) {
                binary.putFloat(value);
            }
            accessor(start, ARRAY_BUFFER, FLOAT, "VEC3", mesh.vertexCount());
        }

        /** Vertex colours are linear light; 16 bits keep what 8 would lose in the dark. */
        private void putColours() {
            int start = binary.position();
            for (int i = 0; i < mesh.colours().length; i++) {
                binary.putShort((short) Math.rint(65535 * linear((mesh.colours()[i] & 0xff) / 255.0)));
                if (i % 3 == 2) {
                    binary.putShort((short) 65535);
                }
            }
            accessor(start, ARRAY_BUFFER, UNSIGNED_SHORT, "VEC4", mesh.vertexCount())
                    .put("normalized", true);
        }

        private static double linear(double level) {
            return level <= 0.04045 ? level / 12.92 : Math.pow((level + 0.055) / 1.055, 2.4);
        }

        private void putTriangles() {
            int start = binary.position();
            for (int vertex : mesh.triangles()) {
                binary.putInt(vertex);
            }
            accessor(start, ELEMENT_ARRAY_BUFFER, UNSIGNED_INT, "SCALAR", mesh.triangles().length);
        }

        /** Describes what was put since {@code start}. */
        private Map<String, Object> accessor(int start, int target, int component, String type, int count) {
            views.add(Map.of(
                    "buffer", 0, "byteOffset", start, "byteLength", binary.position() - start, "target", target));
            Map<String, Object> accessor = new LinkedHashMap<>();
            accessor.put("bufferView", views.size() - 1);
            accessor.put("componentType", component);
            accessor.put("type", type);
            accessor.put("count", count);
            accessors.add(accessor);
            return accessor;
        }

        String json() {
            Map<String, Object> primitive = new LinkedHashMap<>();
            primitive.put("attributes", Map.of("POSITION", 0, "NORMAL", 1, "COLOR_0", 2));
            if (mesh.triangleCount() > 0) {
                primitive.put("indices", 3);
            }
            primitive.put("mode", mesh.triangleCount() > 0 ? TRIANGLES : POINTS);
            primitive.put("material", 0);
            Map<String, Object> root = new LinkedHashMap<>();
            root.put("asset", Map.of("version", "2.0", "generator", "MMGen for Java"));
            root.put("extensionsUsed", List.of("KHR_materials_unlit"));
            root.put("scene", 0);
            root.put("scenes", List.of(Map.of("nodes", List.of(0))));
            root.put("nodes", List.of(Map.of("mesh", 0, "name", "scene")));
            root.put("meshes", List.of(Map.of("primitives", List.of(primitive))));
            root.put(
                    "materials",
                    List.of(Map.of(
                            "pbrMetallicRoughness", Map.of("metallicFactor", 0, "roughnessFactor", 1),
                            "doubleSided", true,
                            "extensions", Map.of("KHR_materials_unlit", Map.of()))));
            root.put("buffers", List.of(Map.of("byteLength", binary.position())));
            root.put("bufferViews", views);
            root.put("accessors", accessors);
            return Json.COMPACT.write(root);
        }
    }
}
