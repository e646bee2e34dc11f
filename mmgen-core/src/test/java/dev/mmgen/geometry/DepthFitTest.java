package dev.mmgen.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DepthFitTest {

    @ParameterizedTest
    @ValueSource(doubles = {30, 45, 60})
    void normalsDetermineTheRangeOfDepth(double angle) {
        PinholeCamera camera = PinholeCamera.withFieldOfView(64, 48, angle);
        TiltedPlane scene = new TiltedPlane(camera);
        DepthFit fit = DepthFit.of(scene.depthPicture(), NormalMap.of(scene.normalPicture()), camera);
        assertThat(fit.camera()).isEqualTo(camera);
        assertThat(fit.range().near()).isEqualTo(1);
        assertThat(fit.range().far() / scene.ratio()).isCloseTo(1, within(0.03));
    }

    @Test
    void normalsDetermineTheCameraToo() {
        TiltedPlane scene = new TiltedPlane(PinholeCamera.withFieldOfView(64, 64, 52));
        DepthFit fit = DepthFit.of(scene.depthPicture(), scene.normals());
        assertThat(fit.camera().fieldOfView()).isCloseTo(52, within(3.0));
        assertThat(fit.range().far() / scene.ratio()).isCloseTo(1, within(0.06));
    }

    @Test
    void flatPicturesGetTheDefaultCamera() {
        var grey = TiltedPlane.plain(8, 8, 0x404040);
        var straight = NormalMap.of(TiltedPlane.plain(8, 8, 0x8080ff));
        DepthFit fit = DepthFit.of(grey, straight);
        assertThat(fit.camera().fieldOfView()).isBetween(10.0, 110.0);
        assertThat(fit.range().far()).isBetween(1.02, 40.0);
        var exact = new NormalMap(1, 1, new float[] {0, 0, 1});
        assertThat(DepthFit.of(TiltedPlane.plain(1, 1, 0xffffff), exact)
                        .camera()
                        .fieldOfView())
                .isCloseTo(45, within(1e-9));
        assertThat(DepthFit.of(TiltedPlane.plain(1, 1, 0xffffff), exact).range().far())
                .isCloseTo(3, within(1e-9));
    }

    @Test
    void refusesPicturesOfDifferentSizes() {
        var normals = NormalMap.of(TiltedPlane.plain(4, 4, 0x8080ff));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DepthFit.of(TiltedPlane.plain(4, 5, 0), normals))
                .withMessageContaining("4 x 5")
                .withMessageContaining("4 x 4");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DepthFit.of(TiltedPlane.plain(4, 4, 0), normals, new PinholeCamera(8, 4, 10)));
    }
}
