package dev.mmgen.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.json.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TensorLeakCheck.class)
class LatentNormalizationTest {

    private static final LatentNormalization STATISTICS = new LatentNormalization.Statistics(
            List.of(List.of(0.0, 1.0), List.of(2.0, -4.0)), List.of(List.of(1.0, 2.0), List.of(4.0, 8.0)));

    @Test
    void scalesByOneFactor() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor raw = Torch.tensor(new float[] {1, -2}, 1, 2, 1, 1);
            Tensor latents = LatentNormalization.STABLE_DIFFUSION.normalise(raw, 3);
            assertThat(latents.toFloats()).containsExactly(0.18215f, -0.3643f);
            assertThat(LatentNormalization.STABLE_DIFFUSION.restore(latents, 3).toFloats())
                    .containsExactly(1, -2);
        }
    }

    @Test
    void shiftsAndScalesEachChannelOfEachModality() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor raw = Torch.tensor(new float[] {6, 4}, 1, 2, 1, 1);
            Tensor latents = STATISTICS.normalise(raw, 1);
            assertThat(latents.toFloats()).containsExactly(1, 1);
            assertThat(STATISTICS.restore(latents, 1).toFloats()).containsExactly(6, 4);
            assertThat(STATISTICS.normalise(raw, 0).toFloats()).containsExactly(6, 1.5f);
        }
    }

    @Test
    void survivesJson() {
        for (LatentNormalization original : List.of(LatentNormalization.STABLE_DIFFUSION, STATISTICS)) {
            String json = Json.COMPACT.write(original);
            assertThat(Json.COMPACT.read(Json.COMPACT.tree(json), LatentNormalization.class))
                    .isEqualTo(original);
        }
        assertThat(Json.COMPACT.read(Json.COMPACT.tree("{\"factor\": 0.5}"), LatentNormalization.class))
                .isEqualTo(new LatentNormalization.Scaling(0.5));
    }

    @Test
    void numbersOutOfRangeAreRefused() {
        for (double factor : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatIllegalArgumentException().isThrownBy(() -> new LatentNormalization.Scaling(factor));
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> new LatentNormalization.Statistics(List.of(List.of(0.0)), List.of(List.of(factor))));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new LatentNormalization.Statistics(List.of(List.of(Double.NaN)), List.of(List.of(1.0))));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LatentNormalization.Statistics(
                        List.of(List.of(0.0), List.of(0.0, 1.0)), List.of(List.of(1.0), List.of(1.0, 1.0))));
        assertThatIllegalArgumentException().isThrownBy(() -> new LatentNormalization.Statistics(List.of(), List.of()));
    }

    @Test
    void statisticsOfAnotherModelDoNotFit() {
        STATISTICS.requireFit(2, 2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> STATISTICS.requireFit(4, 2))
                .withMessageContaining("4");
        assertThatIllegalArgumentException().isThrownBy(() -> STATISTICS.requireFit(2, 4));
    }
}
