package dev.mmgen.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.MultiModalImage;
import dev.mmgen.geometry.DepthFit;
import dev.mmgen.geometry.DepthMap;
import dev.mmgen.geometry.DepthMesh;
import dev.mmgen.geometry.Foreground;
import dev.mmgen.geometry.NormalMap;
import dev.mmgen.geometry.PinholeCamera;
import dev.mmgen.geometry.Reconstruction;
import dev.mmgen.geometry.Segments;
import dev.mmgen.geometry.TriangleMesh;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.solid.Vec3;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Reconstructions against scenes whose shape is known. */
class ReconstructionTruthTest {

    private static final int SIZE = 64;

    private static Rendering sphere() {
        Scene scene = LongStream.range(0, 100)
                .mapToObj(i -> ShapesWorld.FIRST.scene(Split.VALIDATION.seed(i)))
                .filter(candidate -> candidate.category() == Category.SPHERE)
                .findFirst()
                .orElseThrow();
        return ShapesWorld.render(scene, SIZE, SIZE);
    }

    private static MultiModalImage pictures(Rendering rendering) {
        Map<Modality, RgbImage> pictures = new LinkedHashMap<>();
        pictures.put(Modality.RGB, rendering.rgb());
        pictures.put(Modality.DEPTH, rendering.depthPicture());
        pictures.put(Modality.NORMAL, rendering.normalPicture());
        pictures.put(Modality.SEGMENTATION, rendering.maskPicture());
        return new MultiModalImage(pictures);
    }

    /** Returns the segments of exact instances, and the main object alone as their foreground. */
    private static DepthMesh exactMesh(Rendering rendering) {
        List<Integer> colours = IntStream.range(0, ShapesWorld.FIRST.palette().size())
                .mapToObj(ShapesWorld.FIRST.palette()::colour)
                .toList();
        boolean[] main = new boolean[colours.size()];
        main[Rendering.FIRST_OBJECT] = true;
        return DepthMesh.of(
                        new PinholeCamera(SIZE, SIZE, rendering.focalLength()),
                        new DepthMap(SIZE, SIZE, rendering.depth()),
                        new NormalMap(SIZE, SIZE, rendering.normals()),
                        rendering.rgb())
                .withSegments(new Segments(SIZE, SIZE, rendering.instances(), colours), main);
    }

    @Test
    void exactDepthPutsPointsOnTheSphere() {
        Rendering rendering = sphere();
        SceneObject ball = rendering.scene().objects().getFirst();
        Camera camera = rendering.scene().camera();
        Vec3 centre = camera.toCamera(ball.position().minus(camera.position()));
        TriangleMesh mesh = exactMesh(rendering).surface();
        assertThat(mesh.vertexCount()).isGreaterThan(300);
        for (int i = 0; i < mesh.positions().length; i += 3) {
            Vec3 out = new Vec3(mesh.positions()[i], mesh.positions()[i + 1], mesh.positions()[i + 2]).minus(centre);
            assertThat(out.length()).isCloseTo(ball.form().radius(), within(1e-4));
            Vec3 normal = new Vec3(mesh.normals()[i], mesh.normals()[i + 1], mesh.normals()[i + 2]);
            assertThat(out.unit().dot(normal)).isGreaterThan(0.9999);
        }
    }

    @Test
    void triangleNormalsAreTheSurfaces() {
        TriangleMesh mesh = exactMesh(sphere()).surface();
        double worst = 1;
        for (int at = 0; at < mesh.triangles().length; at += 3) {
            Vec3 a = vertex(mesh.positions(), mesh.triangles()[at]);
            Vec3 face = vertex(mesh.positions(), mesh.triangles()[at + 1])
                    .minus(a)
                    .cross(vertex(mesh.positions(), mesh.triangles()[at + 2]).minus(a))
                    .unit();
            worst = Math.min(worst, face.dot(vertex(mesh.normals(), mesh.triangles()[at])));
        }
        assertThat(worst).isGreaterThan(0.6);
    }

    private static Vec3 vertex(float[] values, int vertex) {
        return new Vec3(values[3 * vertex], values[3 * vertex + 1], values[3 * vertex + 2]);
    }

    /** From 8-bit pictures alone: neither the camera nor any distance is told. */
    @Test
    void picturesAloneTellCameraAndRange() {
        double[] focal = new double[20];
        double[] range = new double[20];
        for (int i = 0; i < focal.length; i++) {
            Rendering rendering = ShapesWorld.render(ShapesWorld.FIRST.scene(Split.VALIDATION.seed(i)), SIZE, SIZE);
            DepthFit fit = Reconstruction.of(pictures(rendering)).fit();
            float[] depth = rendering.depth();
            Arrays.sort(depth);
            focal[i] = Math.abs(fit.camera().focalLength() / rendering.focalLength() - 1);
            range[i] = Math.abs(fit.range().far() * depth[0] / depth[depth.length - 1] - 1);
        }
        Arrays.sort(focal);
        Arrays.sort(range);
        assertThat(focal[10]).as("median error of the focal length").isLessThan(0.05);
        assertThat(focal[19]).as("largest error of the focal length").isLessThan(0.15);
        assertThat(range[10]).as("median error of the range").isLessThan(0.05);
    }

    @Test
    void refinedDepthIsNearTheTruth() {
        for (int i = 0; i < 5; i++) {
            Rendering rendering = ShapesWorld.render(ShapesWorld.FIRST.scene(Split.VALIDATION.seed(i)), SIZE, SIZE);
            double angle = new PinholeCamera(SIZE, SIZE, rendering.focalLength()).fieldOfView();
            TriangleMesh points = Reconstruction.of(pictures(rendering))
                    .fieldOfView(angle)
                    .foreground(new Foreground.Everything())
                    .points();
            float[] depth = rendering.depth();
            double unit = unit(points, depth);
            double error = 0;
            for (int pixel = 0; pixel < depth.length; pixel++) {
                error += Math.abs(-points.positions()[3 * pixel + 2] * unit / depth[pixel] - 1) / depth.length;
            }
            assertThat(error).as("mean relative error of scene %s", i).isLessThan(0.02);
        }
    }

    /** Returns the length that the nearest pixels have in common. */
    private static double unit(TriangleMesh points, float[] depth) {
        double given = 0;
        double known = 0;
        for (int pixel = 0; pixel < depth.length; pixel++) {
            given -= 1 / points.positions()[3 * pixel + 2];
            known += 1 / depth[pixel];
        }
        return given / known;
    }

    @Test
    void theForegroundIsTheSolids() {
        int wrong = 0;
        for (int i = 0; i < 20; i++) {
            Rendering rendering = ShapesWorld.render(ShapesWorld.FIRST.scene(Split.VALIDATION.seed(i)), SIZE, SIZE);
            Segments segments = Segments.of(rendering.maskPicture());
            boolean[] foreground = Foreground.DEFAULT.select(segments);
            int[] labels = rendering.labels();
            for (int pixel = 0; pixel < labels.length; pixel++) {
                wrong += foreground[segments.labels()[pixel]] == labels[pixel] >= Rendering.FIRST_OBJECT ? 0 : 1;
            }
        }
        assertThat(wrong).isLessThan(20 * SIZE * SIZE / 1000);
    }
}
