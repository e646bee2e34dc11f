package dev.mmgen.geometry;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A mesh in Stanford's polygon file format, version 1.0, binary with the low byte first: most programs for meshes and point
 * clouds read it.
 */
public final class PlyFile {

    private static final int VERTEX_BYTES = 6 * Float.BYTES + 3;
    private static final int FACE_BYTES = 1 + 3 * Integer.BYTES;

    private PlyFile() {}

    /**
     * Writes a mesh, or a point cloud if it has no triangles: position, normal and colour of each vertex. The file appears
     * whole or not at all; missing folders are made.
     *
     * @throws java.io.UncheckedIOException if the file cannot be written
     * @throws ArithmeticException if it would have 2 GiB or more
     */
    public static void write(TriangleMesh mesh, Path file) {
        GeometryFile.write(file, parts(mesh));
    }

    /**
     * Writes to a stream, which the caller closes.
     *
     * @throws java.io.UncheckedIOException if the stream fails
     * @see #write(TriangleMesh, Path) for the rest
     */
    public static void write(TriangleMesh mesh, OutputStream stream) {
        GeometryFile.write(stream, parts(mesh));
    }

    private static List<ByteBuffer> parts(TriangleMesh mesh) {
        ByteBuffer body = ByteBuffer.allocate(Math.addExact(
                        Math.multiplyExact(VERTEX_BYTES, mesh.vertexCount()),
                        Math.multiplyExact(FACE_BYTES, mesh.triangleCount())))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < mesh.positions().length; at += 3) {
            putThree(body, mesh.positions(), at);
            putThree(body, mesh.normals(), at);
            body.put(mesh.colours(), at, 3);
        }
        for (int at = 0; at < mesh.triangles().length; at += 3) {
            body.put((byte) 3);
            body.putInt(mesh.triangles()[at]).putInt(mesh.triangles()[at + 1]).putInt(mesh.triangles()[at + 2]);
        }
        return List.of(ByteBuffer.wrap(header(mesh).getBytes(StandardCharsets.US_ASCII)), body.flip());
    }

    private static void putThree(ByteBuffer body, float[] values, int at) {
        body.putFloat(values[at]).putFloat(values[at + 1]).putFloat(values[at + 2]);
    }

    private static String header(TriangleMesh mesh) {
        String vertices = String.format(Locale.ROOT, """
                ply
                format binary_little_endian 1.0
                element vertex %d
                property float x
                property float y
                property float z
                property float nx
                property float ny
                property float nz
                property uchar red
                property uchar green
                property uchar blue
                """, mesh.vertexCount());
        String faces = mesh.triangleCount() == 0 ? "" : String.format(Locale.ROOT, """
                element face %d
                property list uchar int vertex_indices
                """, mesh.triangleCount());
        return vertices + faces + "end_header\n";
    }
}
