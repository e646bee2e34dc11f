package dev.mmgen.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.image.RgbImage;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Cameras, depth and normals of pixels. */
class DepthMapsTest {

    @Test
    void camerasHaveTheirAxisInTheMiddle() {
        PinholeCamera camera = PinholeCamera.withFieldOfView(6, 4, 90);
        assertThat(camera.focalLength()).isCloseTo(2, within(1e-12));
        assertThat(camera.fieldOfView()).isCloseTo(90, within(1e-12));
        assertThat(camera.right(0)).isCloseTo(-1.25, within(1e-12));
        assertThat(camera.up(0)).isCloseTo(0.75, within(1e-12));
        assertThatIllegalArgumentException().isThrownBy(() -> PinholeCamera.withFieldOfView(6, 4, 180));
        assertThatIllegalArgumentException().isThrownBy(() -> new PinholeCamera(6, 4, Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> new PinholeCamera(0, 4, 1));
    }

    @Test
    void whiteIsNearAndBlackIsFar() {
        RgbImage picture = RgbImage.of(3, 1, new byte[] {0, 0, 0, (byte) 255, (byte) 255, (byte) 255, 51, 51, 51});
        DepthMap depth = new DepthUnprojection(2, 8).apply(picture);
        assertThat(depth.values()).containsExactly(new float[] {8, 2, 5}, within(1e-5f));
        assertThat(new DepthUnprojection(3, 3).apply(picture).values()).containsExactly(3, 3, 3);
        assertThatIllegalArgumentException().isThrownBy(() -> new DepthUnprojection(2, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new DepthUnprojection(0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new DepthUnprojection(1, Double.POSITIVE_INFINITY));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DepthMap(2, 1, new float[] {1, 0}))
                .withMessageContaining("(1, 0)");
    }

    @Test
    void planesHaveTheirNormals() {
        TiltedPlane scene = new TiltedPlane(PinholeCamera.withFieldOfView(16, 12, 50));
        NormalMap derived = NormalMap.of(scene.depth(), scene.camera());
        NormalMap read = NormalMap.of(scene.normalPicture());
        for (int column : new int[] {0, 2, 6, 9, 15}) {
            for (int axis = 0; axis < 3; axis++) {
                int at = 3 * (5 * 16 + column) + axis;
                assertThat((double) derived.values()[at]).isCloseTo(scene.normal(column)[axis], within(1e-4));
                assertThat((double) read.values()[at]).isCloseTo(scene.normal(column)[axis], within(0.006));
            }
        }
        assertThat(NormalMap.of(new DepthMap(1, 1, new float[] {1}), new PinholeCamera(1, 1, 1))
                        .values())
                .containsExactly(0, 0, 1);
    }

    @Test
    void refinementTakesTheStepsOutOfTheLevels() {
        TiltedPlane scene = new TiltedPlane(PinholeCamera.withFieldOfView(64, 64, 40));
        double near = 1;
        DepthFit exact = new DepthFit(scene.camera(), new DepthUnprojection(near, near * scene.ratio()));
        Segments one = new Segments(64, 64, new int[64 * 64], List.of(0));
        NormalMap normals = NormalMap.of(scene.normalPicture());
        DepthMap raw = new NormalRefinement(0).apply(scene.depthPicture(), normals, one, exact);
        DepthMap refined = NormalRefinement.DEFAULT.apply(scene.depthPicture(), normals, one, exact);
        assertThat(raw.values())
                .containsExactly(exact.range().apply(scene.depthPicture()).values(), within(1e-5f));
        assertThat(roughness(refined, scene)).isLessThan(0.5 * roughness(raw, scene));
        assertThatIllegalArgumentException().isThrownBy(() -> new NormalRefinement(-1));
    }

    /** Mean squared angle, in a sense: how far derived normals are from the true ones, away from the fold. */
    private static double roughness(DepthMap depth, TiltedPlane scene) {
        float[] normals = NormalMap.of(depth, scene.camera()).values();
        double sum = 0;
        for (int i = 0; i < normals.length; i++) {
            int column = i / 3 % 64;
            if (column < 12 || column > 20) {
                double error = normals[i] - scene.normal(column)[i % 3];
                sum += error * error;
            }
        }
        return sum;
    }
}
