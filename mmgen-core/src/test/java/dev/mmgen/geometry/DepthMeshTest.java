package dev.mmgen.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

class DepthMeshTest {

    private static final PinholeCamera CAMERA = new PinholeCamera(4, 3, 4);

    private static DepthMesh of(float[] depth, int[] labels, boolean... foreground) {
        return whole(CAMERA, depth)
                .withSegments(new Segments(4, 3, labels, List.of(1, 2).subList(0, foreground.length)), foreground);
    }

    private static DepthMesh whole(PinholeCamera camera, float[] depth) {
        return DepthMesh.of(
                camera,
                new DepthMap(4, 3, depth),
                NormalMap.of(TiltedPlane.plain(4, 3, 0x8080ff)),
                TiltedPlane.plain(4, 3, 0x102030));
    }

    private static float[] wall(float distance) {
        float[] depth = new float[12];
        Arrays.fill(depth, distance);
        return depth;
    }

    @Test
    void aWallIsTwoTrianglesForEachSquareThatFaceTheViewer() {
        TriangleMesh mesh = of(wall(2), new int[12], true).surface();
        assertThat(mesh.vertexCount()).isEqualTo(12);
        assertThat(mesh.triangleCount()).isEqualTo(12);
        assertThat(mesh.bounds()).containsExactly(new float[] {-0.75f, -0.5f, -2, 0.75f, 0.5f, -2}, within(1e-6f));
        for (int at = 0; at < mesh.triangles().length; at += 3) {
            assertThat(area(mesh, at)).isCloseTo(0.125, within(1e-6));
        }
        assertThat(mesh.colours()).startsWith(0x10, 0x20, 0x30);
    }

    /** Returns the signed area as the viewer sees it: positive if counter-clockwise. */
    private static double area(TriangleMesh mesh, int at) {
        double[] x = new double[3];
        double[] y = new double[3];
        for (int i = 0; i < 3; i++) {
            x[i] = mesh.positions()[3 * mesh.triangles()[at + i]];
            y[i] = mesh.positions()[3 * mesh.triangles()[at + i] + 1];
        }
        return ((x[1] - x[0]) * (y[2] - y[0]) - (y[1] - y[0]) * (x[2] - x[0])) / 2;
    }

    @Test
    void surfacesAreTornAtJumps() {
        float[] depth = wall(2);
        for (int i = 0; i < 12; i++) {
            depth[i] = i % 4 < 2 ? 2 : 8;
        }
        TriangleMesh mesh = of(depth, new int[12], true).surface();
        assertThat(mesh.triangleCount()).isEqualTo(8);
        assertThat(mesh.vertexCount()).isEqualTo(12);
    }

    @Test
    void surfacesAreTornBetweenSegments() {
        int[] labels = {0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1};
        assertThat(of(wall(2), labels, true, true).surface().triangleCount()).isEqualTo(8);
        assertThat(of(wall(2), labels, false, true).surface().triangleCount()).isEqualTo(4);
        assertThat(of(wall(2), labels, false, true).surface().vertexCount()).isEqualTo(6);
    }

    @Test
    void squaresThatLackACornerAreOneTriangle() {
        for (int corner : new int[] {0, 3, 8, 11}) {
            int[] labels = new int[12];
            labels[corner] = 1;
            assertThat(of(wall(2), labels, true, false).surface().triangleCount())
                    .as("without %s", corner)
                    .isEqualTo(11);
        }
    }

    @Test
    void lonePixelsAreOnlyPoints() {
        int[] labels = new int[12];
        labels[5] = 1;
        DepthMesh mesh = of(wall(2), labels, false, true);
        assertThat(mesh.surface().vertexCount()).isZero();
        assertThat(mesh.points().vertexCount()).isEqualTo(1);
        assertThat(mesh.points().positions()).containsExactly(new float[] {-0.25f, 0, -2}, within(1e-6f));
        assertThat(of(wall(2), labels, false, false).points().vertexCount()).isZero();
    }

    @Test
    void refusesPartsThatDoNotFit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        whole(CAMERA, wall(1)).withSegments(new Segments(4, 3, new int[12], List.of(0)), false, false))
                .withMessageContaining("2 segments among 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> whole(new PinholeCamera(4, 4, 4), wall(1)))
                .withMessageContaining("the depth of 4 x 3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TriangleMesh(new float[3], new float[3], new byte[3], new int[] {0, 0, 1}));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new TriangleMesh(new float[] {0, Float.NaN, 0}, new float[3], new byte[3], new int[0]));
    }

    @Test
    void aReconstructionPutsThePartsTogether() {
        TiltedPlane scene = new TiltedPlane(PinholeCamera.withFieldOfView(32, 32, 50));
        TriangleMesh mesh = Reconstruction.of(scene.image())
                .foreground(new Foreground.Everything())
                .fieldOfView(50)
                .mesh();
        assertThat(mesh.vertexCount()).isEqualTo(32 * 32);
        assertThat(mesh.triangleCount()).isEqualTo(2 * 31 * 31);
        float unit = mesh.positions()[2] / -scene.depth().values()[0];
        for (int i = 0; i < 32 * 32; i++) {
            assertThat(mesh.positions()[3 * i + 2] / (-unit * scene.depth().values()[i]))
                    .isCloseTo(1, within(0.02f));
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> Reconstruction.of(scene.image()).points())
                .withMessageContaining("another foreground");
    }

    @Test
    void constantDepthIsAFlatWall() {
        RgbImage grey = TiltedPlane.plain(8, 8, 0x505050);
        var pictures = new LinkedHashMap<>(
                new TiltedPlane(new PinholeCamera(8, 8, 8)).image().pictures());
        pictures.put(Modality.DEPTH, grey);
        pictures.put(Modality.NORMAL, TiltedPlane.plain(8, 8, 0x8080ff));
        TriangleMesh mesh = Reconstruction.of(new MultiModalImage(pictures))
                .foreground(new Foreground.Everything())
                .mesh();
        assertThat(mesh.triangleCount()).isEqualTo(98);
        assertThat(mesh.bounds()[5] - mesh.bounds()[2]).isLessThan(0.02f);
    }
}
