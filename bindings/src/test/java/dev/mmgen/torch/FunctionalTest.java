package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is computed without gradients takes other kernels than what is computed with them: both must agree. */
class FunctionalTest {

    @ParameterizedTest
    @CsvSource({"float32, 1, 8, 16", "float32, 3, 384, 100", "float32, 257, 33, 7", "bfloat16, 5, 64, 32"})
    void linearMapsAgreeWithTheirDefinition(String type, int rows, int inputs, int outputs) {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(3)) {
            DType dtype = DType.named(type);
            Tensor x = Torch.randn(generator, DType.FLOAT32, 2, rows, inputs).to(dtype);
            Tensor weight = Torch.randn(generator, DType.FLOAT32, outputs, inputs)
                    .mul(1 / Math.sqrt(inputs))
                    .to(dtype);
            Tensor bias = Torch.randn(generator, DType.FLOAT32, outputs).to(dtype);
            Tensor exact = Functional.matmul(
                            x.to(DType.FLOAT64), weight.to(DType.FLOAT64).transpose(0, 1))
                    .add(bias.to(DType.FLOAT64));
            double tolerance = dtype == DType.FLOAT32 ? 2e-5 : 5e-2;
            for (boolean recording : new boolean[] {true, false}) {
                try (GradMode _ = recording ? Torch.enableGrad() : Torch.noGrad()) {
                    close(Functional.linear(x, weight, bias), exact, tolerance);
                    close(Functional.linear(x, weight, null), exact.sub(bias), tolerance);
                    close(Functional.linearGelu(x, weight, bias), exact.geluTanh(), tolerance);
                    close(Functional.linear(x.transpose(0, 1), weight, bias), exact.transpose(0, 1), tolerance);
                }
            }
        }
    }

    private static void close(Tensor actual, Tensor exact, double tolerance) {
        assertThat(actual.shape()).isEqualTo(exact.shape());
        assertThat(actual.to(DType.FLOAT64).sub(exact).abs().amax().item()).isCloseTo(0, within(tolerance));
    }
}
