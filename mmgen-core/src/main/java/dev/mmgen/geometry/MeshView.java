package dev.mmgen.geometry;

import java.util.List;

/**
 * A mesh from one side: turned around the middle of its bounds.
 *
 * @param positions {@code [vertices, 3]}, x right, y up, z towards the viewer
 * @param normals   {@code [vertices, 3]}
 */
record MeshView(float[] positions, float[] normals) {

    /**
     * @param yaw   radians by which the viewer goes to the right around the mesh
     * @param pitch radians by which the viewer goes up
     */
    static MeshView of(TriangleMesh mesh, double yaw, double pitch) {
        float[] bounds = mesh.bounds();
        double[] middle = new double[3];
        for (int axis = 0; axis < 3; axis++) {
            middle[axis] = (bounds[axis] + (double) bounds[axis + 3]) / 2;
        }
        return new MeshView(
                turned(mesh.positions(), middle, yaw, pitch), turned(mesh.normals(), new double[3], yaw, pitch));
    }

    private static float[] turned(float[] values, double[] middle, double yaw, double pitch) {
        float[] turned = new float[values.length];
        for (int i = 0; i < values.length; i += 3) {
            double x = values[i] - middle[0];
            double y = values[i + 1] - middle[1];
            double z = values[i + 2] - middle[2];
            double towards = z * Math.cos(yaw) + x * Math.sin(yaw);
            turned[i] = (float) (x * Math.cos(yaw) - z * Math.sin(yaw));
            turned[i + 1] = (float) (y * Math.cos(pitch) - towards * Math.sin(pitch));
            turned[i + 2] = (float) (towards * Math.cos(pitch) + y * Math.sin(pitch));
        }
        return turned;
    }

    /**
     * The place of the viewer, and the part of the view in the picture.
     *
     * @param distance of the viewer from the middle
     * @param x        in the middle of the picture, at a depth of 1
     * @param y        in the middle of the picture, at a depth of 1
     * @param half     from there to the picture's edges, at a depth of 1
     */
    record Framing(double distance, double x, double y, double half) {

        /** In radii of the mesh: as one looks at a thing in one's hand. */
        private static final double DISTANCE = 3;

        private static final double MARGIN = 1.06;

        /** Returns what shows the mesh in all views. */
        static Framing of(List<MeshView> views) {
            double distance = DISTANCE * Math.max(radius(views.getFirst().positions), 1e-6);
            double[] least = {Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY};
            double[] most = {Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY};
            for (MeshView view : views) {
                for (int i = 0; i < view.positions.length; i += 3) {
                    double depth = distance - view.positions[i + 2];
                    for (int axis = 0; axis < 2; axis++) {
                        least[axis] = Math.min(least[axis], view.positions[i + axis] / depth);
                        most[axis] = Math.max(most[axis], view.positions[i + axis] / depth);
                    }
                }
            }
            double side = Math.max(Math.max(most[0] - least[0], most[1] - least[1]), 1e-6);
            return new Framing(distance, (least[0] + most[0]) / 2, (least[1] + most[1]) / 2, MARGIN * side / 2);
        }

        private static double radius(float[] positions) {
            double square = 0;
            for (int i = 0; i < positions.length; i += 3) {
                square = Math.max(
                        square,
                        (double) positions[i] * positions[i]
                                + (double) positions[i + 1] * positions[i + 1]
                                + (double) positions[i + 2] * positions[i + 2]);
            }
            return Math.sqrt(square);
        }
    }
}
