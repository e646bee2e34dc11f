package dev.mmgen.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.torch.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PLY and GLB files, byte by byte. */
class MeshFilesTest {

    private static final TriangleMesh TRIANGLE = new TriangleMesh(
            new float[] {0, 0, -1, 2, 0, -1.5f, 0, 3, -1}, new float[] {0, 0, 1, 0, 0, 1, 0, 1, 0},
            new byte[] {0, (byte) 255, (byte) 188, 1, 2, 3, 4, 5, 6}, new int[] {0, 1, 2});
    private static final TriangleMesh POINTS =
            new TriangleMesh(TRIANGLE.positions(), TRIANGLE.normals(), TRIANGLE.colours(), new int[0]);
    private static final TriangleMesh NOTHING = new TriangleMesh(new float[0], new float[0], new byte[0], new int[0]);

    @TempDir
    private Path folder;

    @Test
    void plyHasVerticesThenFaces() throws IOException {
        Path file = folder.resolve("new/a.ply");
        PlyFile.write(TRIANGLE, file);
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        PlyFile.write(TRIANGLE, stream);
        assertThat(file).hasBinaryContent(stream.toByteArray());
        byte[] bytes = Files.readAllBytes(file);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int start = text.indexOf("end_header\n") + "end_header\n".length();
        assertThat(text.substring(0, start).lines())
                .startsWith("ply", "format binary_little_endian 1.0", "element vertex 3")
                .contains(
                        "property float nx",
                        "property uchar blue",
                        "element face 1",
                        "property list uchar int vertex_indices");
        ByteBuffer body = ByteBuffer.wrap(bytes, start, bytes.length - start).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(body.remaining()).isEqualTo(3 * 27 + 13);
        body.position(start + 27);
        assertThat(new float[] {body.getFloat(), body.getFloat(), body.getFloat()})
                .containsExactly(2, 0, -1.5f);
        assertThat(new float[] {body.getFloat(), body.getFloat(), body.getFloat()})
                .containsExactly(0, 0, 1);
        assertThat(new byte[] {body.get(), body.get(), body.get()}).containsExactly(1, 2, 3);
        body.position(start + 81);
        assertThat(body.get()).isEqualTo((byte) 3);
        assertThat(new int[] {body.getInt(), body.getInt(), body.getInt()}).containsExactly(0, 1, 2);
    }

    @Test
    void plyOfPointsHasNoFaces() throws IOException {
        Path file = folder.resolve("a.ply");
        PlyFile.write(POINTS, file);
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                .contains("element vertex 3")
                .doesNotContain("face");
        PlyFile.write(NOTHING, file);
        assertThat(file).content().contains("element vertex 0").endsWith("end_header\n");
    }

    /** A reader that takes nothing for granted: chunks, accessors within views within the buffer, bounds. */
    private static final class Glb {

        private final JsonNode json;
        private final ByteBuffer binary;

        Glb(Path file) throws IOException {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(bytes.getInt()).isEqualTo(0x46546C67);
            assertThat(bytes.getInt()).isEqualTo(2);
            assertThat(bytes.getInt()).isEqualTo(bytes.capacity());
            json = Json.COMPACT.tree(new String(chunk(bytes, 0x4E4F534A), StandardCharsets.UTF_8));
            binary = ByteBuffer.wrap(chunk(bytes, 0x004E4942)).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(bytes.hasRemaining()).isFalse();
            assertThat(json.at("/asset/version").asText()).isEqualTo("2.0");
            assertThat(json.at("/buffers/0/byteLength").asInt()).isEqualTo(binary.capacity());
        }

        private static byte[] chunk(ByteBuffer bytes, int type) {
            int length = bytes.getInt();
            assertThat(length % 4).isZero();
            assertThat(bytes.getInt()).isEqualTo(type);
            byte[] chunk = new byte[length];
            bytes.get(chunk);
            return chunk;
        }

        JsonNode primitive() {
            return json.at("/meshes/0/primitives/0");
        }

        /** Returns the accessor's bytes, having checked that they are aligned and within the buffer. */
        ByteBuffer read(int accessor, int component, String type, int elementBytes) {
            JsonNode about = json.at("/accessors/" + accessor);
            JsonNode view = json.at("/bufferViews/" + about.get("bufferView").asInt());
            assertThat(about.get("componentType").asInt()).isEqualTo(component);
            assertThat(about.get("type").asText()).isEqualTo(type);
            int length = about.get("count").asInt() * elementBytes;
            assertThat(view.get("byteLength").asInt()).isEqualTo(length);
            assertThat(view.get("byteOffset").asInt() % 4).isZero();
            return binary.slice(view.get("byteOffset").asInt(), length).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    @Test
    void glbIsValidAndHasTheMesh() throws IOException {
        Path file = folder.resolve("a.glb");
        GlbFile.write(TRIANGLE, file);
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        GlbFile.write(TRIANGLE, stream);
        assertThat(file).hasBinaryContent(stream.toByteArray());
        Glb glb = new Glb(file);
        JsonNode attributes = glb.primitive().get("attributes");
        ByteBuffer positions = glb.read(attributes.get("POSITION").asInt(), 5126, "VEC3", 12);
        for (float value : TRIANGLE.positions()) {
            assertThat(positions.getFloat()).isEqualTo(value);
        }
        JsonNode about = glb.json.at("/accessors/" + attributes.get("POSITION").asInt());
        assertThat(about.get("min").toString()).isEqualTo("[0.0,0.0,-1.5]");
        assertThat(about.get("max").toString()).isEqualTo("[2.0,3.0,-1.0]");
        assertThat(glb.read(attributes.get("NORMAL").asInt(), 5126, "VEC3", 12).getFloat(8))
                .isEqualTo(1);
        ByteBuffer colours = glb.read(attributes.get("COLOR_0").asInt(), 5123, "VEC4", 8);
        assertThat(glb.json
                        .at("/accessors/" + attributes.get("COLOR_0").asInt() + "/normalized")
                        .asBoolean())
                .isTrue();
        assertThat(colours.getShort() & 0xffff).isZero();
        assertThat(colours.getShort() & 0xffff).isEqualTo(65535);
        // sRGB level 188 is half of the light.
        assertThat(colours.getShort() & 0xffff).isBetween(32700, 33000);
        assertThat(colours.getShort() & 0xffff).isEqualTo(65535);
        ByteBuffer indices = glb.read(glb.primitive().get("indices").asInt(), 5125, "SCALAR", 4);
        assertThat(new int[] {indices.getInt(), indices.getInt(), indices.getInt()})
                .containsExactly(0, 1, 2);
        assertThat(glb.primitive().get("mode").asInt()).isEqualTo(4);
        assertThat(glb.json.at("/extensionsUsed/0").asText()).isEqualTo("KHR_materials_unlit");
        assertThat(glb.json.at("/materials/0/extensions").has("KHR_materials_unlit"))
                .isTrue();
    }

    @Test
    void glbOfPointsHasNoIndices() throws IOException {
        Path file = folder.resolve("a.glb");
        GlbFile.write(POINTS, file);
        Glb glb = new Glb(file);
        assertThat(glb.primitive().get("mode").asInt()).isZero();
        assertThat(glb.primitive().has("indices")).isFalse();
        assertThat(glb.json.get("accessors").size()).isEqualTo(3);
    }

    @Test
    void meshesAndFilesThatCannotBeWrittenAreNamed() throws IOException {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GlbFile.write(NOTHING, folder.resolve("a.glb")))
                .withMessageContaining("a.glb");
        Path inAFile = Files.createFile(folder.resolve("file")).resolve("a.ply");
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> PlyFile.write(POINTS, inAFile))
                .withMessageContaining(inAFile.toString());
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> PlyFile.write(POINTS, folder))
                .withMessageContaining("not a regular file");
    }
}
