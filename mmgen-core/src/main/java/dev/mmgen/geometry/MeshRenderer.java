package dev.mmgen.geometry;

import dev.mmgen.image.RgbImage;
import java.util.Arrays;

/** A renderer of meshes from any side: a depth buffer at twice the size, perspective-correct colours and normals. */
final class MeshRenderer {

    private static final int SAMPLES = 2;
    /** The direction to the light, of length 1. */
    private static final double[] LAMP = {-0.45, 0.6, 0.66};

    private static final float[] CLAY = {205, 200, 192};
    private static final float TOP = 250;
    private static final float BOTTOM = 215;

    /** The brightness of the inside of an open surface. */
    private static final float INSIDE = 0.55f;

    private final TriangleMesh mesh;
    private final int size;
    private final double shading;
    private final boolean coloured;

    MeshRenderer(TriangleMesh mesh, int size, double shading, boolean coloured) {
        this.mesh = mesh;
        this.size = size;
        this.shading = shading;
        this.coloured = coloured;
    }

    /** Draws a view. */
    RgbImage render(MeshView view, MeshView.Framing framing) {
        Frame frame = new Frame(size * SAMPLES, vertices(view, framing.distance()), framing);
        if (mesh.triangleCount() == 0) {
            frame.drawPoints();
        } else {
            frame.drawTriangles();
        }
        return frame.picture();
    }

    /** Returns each vertex as {@code x, y, z, nx, ny, nz, red, green, blue}, as the viewer sees it. */
    private float[] vertices(MeshView view, double distance) {
        float[] vertices = new float[3 * view.positions().length];
        for (int i = 0; i < view.positions().length; i++) {
            int at = 9 * (i / 3) + i % 3;
            vertices[at] = view.positions()[i] - (i % 3 == 2 ? (float) distance : 0);
            vertices[at + 3] = view.normals()[i];
            vertices[at + 6] = coloured ? mesh.colours()[i] & 0xff : CLAY[i % 3];
        }
        return vertices;
    }

    /** One view in the making. */
    private final class Frame {

        private final int side;
        private final float[] vertices;
        private final MeshView.Framing framing;
        private final float[] rgb;

        /** One over the depth of what is drawn; 0 where nothing is. */
        private final float[] nearness;

        Frame(int side, float[] vertices, MeshView.Framing framing) {
            this.side = side;
            this.vertices = vertices;
            this.framing = framing;
            this.rgb = new float[3 * side * side];
            this.nearness = new float[side * side];
            for (int y = 0; y < side; y++) {
                Arrays.fill(rgb, 3 * y * side, 3 * (y + 1) * side, TOP + (BOTTOM - TOP) * y / side);
            }
        }

        private double column(int vertex) {
            double x = -vertices[9 * vertex] / vertices[9 * vertex + 2];
            return side / 2.0 * (1 + (x - framing.x()) / framing.half());
        }

        private double row(int vertex) {
            double y = -vertices[9 * vertex + 1] / vertices[9 * vertex + 2];
            return side / 2.0 * (1 - (y - framing.y()) / framing.half());
        }

        void drawPoints() {
            for (int vertex = 0; vertex < mesh.vertexCount(); vertex++) {
                int x = (int) Math.floor(column(vertex));
                int y = (int) Math.floor(row(vertex));
                float near = -1 / vertices[9 * vertex + 2];
                for (int i = 0; i < SAMPLES * SAMPLES; i++) {
                    put(
                            x + i % SAMPLES,
                            y + i / SAMPLES,
                            near,
                            Arrays.copyOfRange(vertices, 9 * vertex, 9 * vertex + 9));
                }
            }
        }

        void drawTriangles() {
            for (int at = 0; at < mesh.triangles().length; at += 3) {
                draw(mesh.triangles()[at], mesh.triangles()[at + 1], mesh.triangles()[at + 2]);
            }
        }

        private void draw(int a, int b, int c) {
            double ax = column(a);
            double ay = row(a);
            double bx = column(b);
            double by = row(b);
            double cx = column(c);
            double cy = row(c);
            double area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
            if (area == 0) {
                return;
            }
            float[] mixed = new float[9];
            int top = (int) Math.max(0, Math.floor(Math.min(ay, Math.min(by, cy))));
            int bottom = (int) Math.min(side - 1, Math.ceil(Math.max(ay, Math.max(by, cy))));
            int left = (int) Math.max(0, Math.floor(Math.min(ax, Math.min(bx, cx))));
            int right = (int) Math.min(side - 1, Math.ceil(Math.max(ax, Math.max(bx, cx))));
            for (int y = top; y <= bottom; y++) {
                for (int x = left; x <= right; x++) {
                    double u = ((bx - x - 0.5) * (cy - y - 0.5) - (by - y - 0.5) * (cx - x - 0.5)) / area;
                    double v = ((cx - x - 0.5) * (ay - y - 0.5) - (cy - y - 0.5) * (ax - x - 0.5)) / area;
                    if (u >= 0 && v >= 0 && u + v <= 1) {
                        put(x, y, mix(a, b, c, u, v, mixed), mixed);
                    }
                }
            }
        }

        /** Fills in what is at a place of a triangle and returns one over its depth, which alone is linear in the picture. */
        private float mix(int a, int b, int c, double u, double v, float[] mixed) {
            double nearA = -u / vertices[9 * a + 2];
            double nearB = -v / vertices[9 * b + 2];
            double nearC = -(1 - u - v) / vertices[9 * c + 2];
            double near = nearA + nearB + nearC;
            for (int i = 0; i < mixed.length; i++) {
                mixed[i] = (float)
                        ((nearA * vertices[9 * a + i] + nearB * vertices[9 * b + i] + nearC * vertices[9 * c + i])
                                / near);
            }
            return (float) near;
        }

        private void put(int x, int y, float near, float[] vertex) {
            if (x < 0 || y < 0 || x >= side || y >= side || near <= nearness[y * side + x]) {
                return;
            }
            nearness[y * side + x] = near;
            float light = light(vertex);
            for (int channel = 0; channel < 3; channel++) {
                rgb[3 * (y * side + x) + channel] = Math.min(255, vertex[6 + channel] * light);
            }
        }

        private float light(float[] vertex) {
            double towards = vertex[3] * vertex[0] + vertex[4] * vertex[1] + vertex[5] * vertex[2];
            double length = Math.sqrt(vertex[3] * vertex[3] + vertex[4] * vertex[4] + vertex[5] * vertex[5]);
            double lambert = (vertex[3] * LAMP[0] + vertex[4] * LAMP[1] + vertex[5] * LAMP[2]) / Math.max(length, 1e-6);
            // Seen from behind, where the way from the viewer goes along the normal.
            return towards > 0 ? INSIDE : (float) (1 - shading + shading * 1.2 * Math.max(0, lambert));
        }

        RgbImage picture() {
            byte[] levels = new byte[3 * size * size];
            for (int y = 0; y < size; y++) {
                for (int x = 0; x < size; x++) {
                    for (int channel = 0; channel < 3; channel++) {
                        levels[3 * (y * size + x) + channel] = (byte) Math.round(mean(x, y, channel));
                    }
                }
            }
            return RgbImage.of(size, size, levels);
        }

        private float mean(int x, int y, int channel) {
            float sum = 0;
            for (int i = 0; i < SAMPLES * SAMPLES; i++) {
                sum += rgb[3 * ((y * SAMPLES + i / SAMPLES) * side + x * SAMPLES + i % SAMPLES) + channel];
            }
            return sum / (SAMPLES * SAMPLES);
        }
    }
}
