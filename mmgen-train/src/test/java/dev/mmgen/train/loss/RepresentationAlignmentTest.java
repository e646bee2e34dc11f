package dev.mmgen.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RepresentationAlignmentTest {

    private TensorScope scope;

    @BeforeEach
    void open() {
        scope = TensorScope.open();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private static Tensor random(long seed) {
        try (Generator generator = Generator.seeded(seed)) {
            return Torch.randn(generator, DType.FLOAT32, 4, 3, 5);
        }
    }

    private static double similarity(Tensor left, Tensor right, int samples) {
        float[] a = left.toFloats();
        float[] b = right.toFloats();
        double sum = 0;
        for (int token = 0; token < samples * 3; token++) {
            double dot = 0;
            double aa = 0;
            double bb = 0;
            for (int i = token * 5; i < token * 5 + 5; i++) {
                dot += a[i] * b[i];
                aa += a[i] * a[i];
                bb += b[i] * b[i];
            }
            sum += dot / Math.sqrt(aa * bb);
        }
        return sum / (samples * 3);
    }

    @Test
    void isMinusTheMeanCosineOverSamplesTokensAndProjectors() {
        Tensor a = random(1);
        Tensor b = random(2);
        Tensor c = random(3);
        double all = RepresentationAlignment.REFERENCE
                .loss(List.of(a, b), List.of(c, c))
                .item();
        assertThat(all).isCloseTo(-(similarity(a, c, 4) + similarity(b, c, 4)) / 2, within(1e-6));
        double half = RepresentationAlignment.REFERENCE
                .withFirstHalf(true)
                .loss(List.of(a), List.of(c))
                .item();
        assertThat(half).isCloseTo(-similarity(a, c, 2), within(1e-6));
    }

    @Test
    void equalTokensGiveMinusOneAndZerosGiveZeroWithFiniteGradients() {
        Tensor a = random(1);
        assertThat(RepresentationAlignment.REFERENCE
                        .loss(List.of(a), List.of(a.mul(7)))
                        .item())
                .isCloseTo(-1, within(1e-6));
        Tensor zeros = Torch.zeros(4, 3, 5).requiresGrad(true);
        Tensor loss = RepresentationAlignment.REFERENCE.loss(List.of(zeros), List.of(a));
        assertThat(loss.item()).isZero();
        loss.backward();
        assertThat(zeros.grad()).isNotNull();
        for (float gradient : zeros.grad().toFloats()) {
            assertThat(gradient).isFinite();
        }
    }

    @Test
    void noGradientReachesTheTarget() {
        Tensor a = random(1).requiresGrad(true);
        Tensor b = random(2).requiresGrad(true);
        RepresentationAlignment.REFERENCE.loss(List.of(a), List.of(b)).backward();
        assertThat(a.grad()).isNotNull();
        assertThat(b.grad()).isNull();
    }

    @Test
    void endsAtItsStep() {
        RepresentationAlignment early = RepresentationAlignment.REFERENCE.withUntilStep(100);
        assertThat(early.isActive(99)).isTrue();
        assertThat(early.isActive(100)).isFalse();
        assertThat(RepresentationAlignment.NONE.isActive(0)).isFalse();
    }

    @Test
    void misfitsFail() {
        Tensor a = random(1);
        RepresentationAlignment half = RepresentationAlignment.REFERENCE.withFirstHalf(true);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> half.loss(List.of(a), List.of(a.slice(2, 0, 4))))
                .withMessageContaining("[4, 3, 4]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> half.loss(List.of(a), List.of()))
                .withMessageContaining("one feature per projector");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> half.loss(List.of(a.slice(0, 0, 1)), List.of(a.slice(0, 0, 1))))
                .withMessageContaining("at least 2");
        assertThatIllegalArgumentException().isThrownBy(() -> RepresentationAlignment.REFERENCE.withWeight(-1));
    }
}
