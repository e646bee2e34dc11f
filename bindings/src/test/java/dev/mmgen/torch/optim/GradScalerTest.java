package dev.mmgen.torch.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;
import org.junit.jupiter.api.Test;

class GradScalerTest {

    private static final GradScaler.Settings SETTINGS = new GradScaler.Settings(8, 2, 0.5, 2);

    @Test
    void growsAfterGoodStepsAndShrinksAfterAnOverflow() {
        long before = Torch.liveTensors();
        try (TensorScope _ = TensorScope.open()) {
            GradScaler scaler = new GradScaler(SETTINGS);
            assertThat(scaler.scale(Torch.scalar(3)).item()).isEqualTo(24);
            Tensor gradient = Torch.tensor(new float[] {16, -8});
            assertThat(scaler.unscale(List.of(gradient))).isTrue();
            assertThat(gradient.toFloats()).containsExactly(2, -1);
            assertThat(scaler.state()).isEqualTo(new GradScaler.State(8, 1));
            assertThat(scaler.unscale(List.of(gradient))).isTrue();
            assertThat(scaler.state()).isEqualTo(new GradScaler.State(16, 0));
            Tensor overflown = Torch.tensor(new float[] {1, Float.POSITIVE_INFINITY});
            assertThat(scaler.unscale(List.of(gradient, overflown))).isFalse();
            assertThat(scaler.state()).isEqualTo(new GradScaler.State(8, 0));
            assertThat(scaler.unscale(List.of(Torch.tensor(new float[] {Float.NaN}))))
                    .isFalse();
        }
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    @Test
    void goesOnFromASavedState() {
        GradScaler scaler = new GradScaler(SETTINGS);
        scaler.load(new GradScaler.State(1024, 1));
        assertThat(scaler.unscale(List.of())).isTrue();
        assertThat(scaler.state()).isEqualTo(new GradScaler.State(2048, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> scaler.load(new GradScaler.State(0, 0)));
        assertThatIllegalArgumentException().isThrownBy(() -> new GradScaler.Settings(8, 1, 0.5, 2));
    }

    @Test
    void theFactorStaysWithinFloat32() {
        try (TensorScope _ = TensorScope.open()) {
            GradScaler scaler = new GradScaler(new GradScaler.Settings(Math.scalb(1.0, 127), 2, 0.5, 1));
            assertThat(scaler.unscale(List.of(Torch.zeros(2)))).isTrue();
            assertThat(scaler.state().scale()).isEqualTo(Math.scalb(1.0, 127));
            assertThat(scaler.scale(Torch.scalar(1)).to(DType.FLOAT32).item()).isFinite();
        }
    }
}
