package dev.mmgen.geometry;

/**
 * A coloured surface, or without triangles a coloured point cloud. The arrays are not copied.
 *
 * @param positions {@code [vertices, 3]}: x right, y up, z towards the viewer, finite
 * @param normals   {@code [vertices, 3]}, of length 1
 * @param colours   {@code [vertices, 3]}: levels of sRGB as unsigned bytes
 * @param triangles {@code [triangles, 3]}: vertices, counter-clockwise as seen from outside
 */
public record TriangleMesh(float[] positions, float[] normals, byte[] colours, int[] triangles) {

    /**
     * @throws IllegalArgumentException if lengths do not fit, a position is not finite, or a triangle has a vertex that is
     *     not there
     */
    public TriangleMesh {
        if (positions.length % 3 != 0
                || normals.length != positions.length
                || colours.length != positions.length
                || triangles.length % 3 != 0) {
            throw new IllegalArgumentException("a mesh of " + positions.length + " position, " + normals.length
                    + " normal and " + colours.length + " colour values with " + triangles.length
                    + " corners; all must be multiples of 3, and the first three the same");
        }
        for (int i = 0; i < positions.length; i++) {
            if (!Float.isFinite(positions[i]) || !Float.isFinite(normals[i])) {
                throw new IllegalArgumentException("vertex " + i / 3 + " has a position or normal that is not finite");
            }
        }
        for (int vertex : triangles) {
            if (vertex < 0 || vertex >= positions.length / 3) {
                throw new IllegalArgumentException("a triangle has the vertex " + vertex + ", but the mesh has "
                        + positions.length / 3 + ", counted from 0");
            }
        }
    }

    /** Returns how many vertices there are. */
    public int vertexCount() {
        return positions.length / 3;
    }

    /** Returns how many triangles there are. */
    public int triangleCount() {
        return triangles.length / 3;
    }

    /**
     * Returns the least x, y and z of all vertices, then the greatest.
     *
     * @throws IllegalStateException if there is no vertex
     */
    public float[] bounds() {
        if (positions.length == 0) {
            throw new IllegalStateException("a mesh without vertices has no bounds");
        }
        float[] bounds = {positions[0], positions[1], positions[2], positions[0], positions[1], positions[2]};
        for (int i = 0; i < positions.length; i++) {
            bounds[i % 3] = Math.min(bounds[i % 3], positions[i]);
            bounds[3 + i % 3] = Math.max(bounds[3 + i % 3], positions[i]);
        }
        return bounds;
    }
}
