package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Group normalisation with SiLU, which takes another kernel where nothing is recorded for gradients. */
class GroupNormTest {

    private static Tensor image(Generator generator, long... sizes) {
        return Torch.randn(generator, DType.FLOAT32, sizes).channelsLast();
    }

    private static Tensor precise(Tensor tensor) {
        return tensor.detach().to(DType.FLOAT64);
    }

    private static void close(Tensor actual, Tensor exact, double tolerance) {
        assertThat(actual.shape()).isEqualTo(exact.shape());
        assertThat(precise(actual).sub(exact).abs().amax().item()).isCloseTo(0, within(tolerance));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 32, 8, 8, 4",
        "2, 48, 13, 17, 3",
        "3, 16, 1, 1, 2",
        "1, 7, 5, 9, 7",
        "2, 128, 40, 40, 32",
        "4, 6, 64, 1, 1"
    })
    void imagesOfAllSizesAgreeWithTheDefinition(long images, long channels, long height, long width, int groups) {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(3)) {
            Tensor x = image(generator, images, channels, height, width).add(0.5);
            Tensor weight = Torch.randn(generator, DType.FLOAT32, channels);
            Tensor bias = Torch.randn(generator, DType.FLOAT32, channels);
            Functional.Affine affine = new Functional.Affine(weight, bias, 1e-6);
            Functional.Affine plain = new Functional.Affine(null, null, 1e-5);
            Tensor exact = Functional.groupNorm(
                            precise(x), groups, new Functional.Affine(precise(weight), precise(bias), 1e-6))
                    .silu();
            Tensor unscaled = Functional.groupNorm(precise(x), groups, plain).silu();
            for (boolean recording : new boolean[] {true, false}) {
                x.requiresGrad(recording);
                try (TensorScope _ = TensorScope.open()) {
                    close(Functional.groupNormSilu(x, groups, affine), exact, 1e-5);
                    close(Functional.groupNormSilu(x, groups, plain), unscaled, 1e-5);
                }
            }
        }
    }

    /** libtorch's own kernel, which takes the mean of squares less the square of the mean, is off by 0.01 here. */
    @Test
    void aMeanFarFromZeroCostsNoMoreDigitsThanTheInputHas() {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(8);
                GradMode _ = Torch.noGrad()) {
            Tensor x = image(generator, 1, 64, 30, 31).add(50);
            Functional.Affine plain = new Functional.Affine(null, null, 1e-5);
            Tensor exact = Functional.groupNorm(precise(x), 32, plain).silu();
            close(Functional.groupNormSilu(x, 32, plain), exact, 2e-5);
        }
    }

    @Test
    void theEndsOfTheRangeStayNumbers() {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(4);
                GradMode _ = Torch.noGrad()) {
            Tensor x = image(generator, 1, 16, 8, 8);
            Tensor weight = Torch.full(1e30, DType.FLOAT32, Device.CPU, Shape.of(16));
            float[] large = Functional.groupNormSilu(x, 4, new Functional.Affine(weight, null, 1e-6))
                    .toFloats();
            float[] normal = Functional.groupNorm(x, 4, new Functional.Affine(weight, null, 1e-6))
                    .toFloats();
            for (int i = 0; i < large.length; i++) {
                assertThat(large[i]).isCloseTo(Math.max(normal[i], 0), within(Math.max(normal[i], 1) * 1e-5f));
            }
        }
    }

    @Test
    void whatIsNoNumberMakesItsGroupNone() {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(5);
                GradMode _ = Torch.noGrad()) {
            Functional.Affine plain = new Functional.Affine(null, null, 1e-6);
            for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                Tensor x = image(generator, 2, 16, 12, 12);
                Tensor before = Functional.groupNormSilu(x, 4, plain);
                x.select(0, 1).select(0, 5).slice(0, 3, 4).slice(1, 4, 5).fill_(bad);
                Tensor after = Functional.groupNormSilu(x, 4, plain);
                assertThat(after.select(0, 0).toFloats())
                        .isEqualTo(before.select(0, 0).toFloats());
                assertThat(after.select(0, 1).slice(0, 8, 16).toFloats())
                        .isEqualTo(before.select(0, 1).slice(0, 8, 16).toFloats());
                for (float value : after.select(0, 1).slice(0, 4, 8).toFloats()) {
                    assertThat(value).isNaN();
                }
            }
        }
    }

    @Test
    void anImageGivesTheSameBitsOnAnyThreadsAndAmongOthers() {
        int threads = Torch.threads();
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(6);
                GradMode _ = Torch.noGrad()) {
            Tensor x = image(generator, 3, 32, 50, 50);
            Functional.Affine plain = new Functional.Affine(null, null, 1e-6);
            Tensor all = Functional.groupNormSilu(x, 8, plain);
            for (int count : new int[] {1, 3, 4}) {
                Torch.setThreads(count);
                assertThat(Functional.groupNormSilu(x, 8, plain).toFloats()).isEqualTo(all.toFloats());
                assertThat(Functional.groupNormSilu(x.slice(0, 1, 2), 8, plain).toFloats())
                        .isEqualTo(all.slice(0, 1, 2).toFloats());
            }
        } finally {
            Torch.setThreads(threads);
        }
    }

    @Test
    void argumentsOfOtherKindsGoToLibtorch() {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(7);
                GradMode _ = Torch.noGrad()) {
            Tensor x = image(generator, 2, 16, 10, 12);
            Tensor weight = Torch.randn(generator, DType.FLOAT32, 16, 2).select(1, 0);
            Functional.Affine affine = new Functional.Affine(weight, weight, 1e-6);
            Functional.Affine copied = new Functional.Affine(weight.contiguous(), weight.contiguous(), 1e-6);
            for (Tensor other : List.of(
                    x,
                    x.contiguous(),
                    x.slice(3, 1, 9),
                    x.permute(0, 1, 3, 2),
                    x.slice(0, 0, 1).expand(3, 16, 10, 12))) {
                close(
                        Functional.groupNormSilu(other, 4, affine),
                        precise(Functional.groupNorm(other, 4, copied).silu()),
                        1e-5);
            }
            assertThat(Functional.groupNormSilu(x.to(DType.BFLOAT16), 4, new Functional.Affine(null, null, 1e-6))
                            .dtype())
                    .isEqualTo(DType.BFLOAT16);
            assertThat(Functional.groupNormSilu(Torch.zeros(0, 16, 4, 4), 4, copied)
                            .shape())
                    .isEqualTo(Shape.of(0, 16, 4, 4));
            for (int groups : new int[] {0, -1, 3, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
                assertThatThrownBy(() -> Functional.groupNormSilu(x, groups, copied))
                        .isInstanceOf(TorchException.class);
            }
            assertThatThrownBy(() ->
                            Functional.groupNormSilu(x, 4, new Functional.Affine(Torch.ones(15), Torch.ones(16), 1e-6)))
                    .isInstanceOf(TorchException.class);
        }
    }
}
