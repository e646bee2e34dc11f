package dev.mmgen.train.label;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class RenderingTest {

    @Test
    void emptyOrNonFiniteInputIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> SegmentRendering.render(List.of(), 2, 2, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        SegmentRendering.render(List.of(new SegmentRendering.Segment(1, new boolean[3])), 2, 2, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> DepthRendering.levels(new float[0]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DepthRendering.levels(new float[] {1, Float.NaN}))
                .withMessageContaining("place 1");
        assertThatIllegalArgumentException().isThrownBy(() -> NormalRendering.render(new float[] {1, 2, 3}, 2, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NormalRendering.levels(new float[] {Float.POSITIVE_INFINITY}));
    }

    @Test
    void depthIsRenderedAsGrey() {
        assertThat(DepthRendering.render(new float[] {-3, 1, 5, 1}, 2, 2).rgb())
                .isEqualTo(HexFormat.of().parseHex("000000808080ffffff808080"));
    }
}
