package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers without gradients take other kernels than layers with them: both must agree. */
class FunctionalTest {

    private static final Functional.Window ONCE = new Functional.Window(1, 1, 1);

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

    /** Weights as a file may hold them: every second element, one element many times, rows and columns exchanged. */
    @ParameterizedTest
    @ValueSource(strings = {"strided", "expanded", "transposed"})
    void layersGiveOneResultForAllLayouts(String layout) {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(5)) {
            Tensor image = odd(layout, generator, 2, 4, 6, 6);
            Tensor filter = odd(layout, generator, 8, 4, 3, 3);
            Tensor vector = odd(layout, generator, 8);
            Tensor four = odd(layout, generator, 4);
            Tensor rows = odd(layout, generator, 5, 8);
            Tensor heads = odd(layout, generator, 2, 2, 8, 8);
            Tensor mask = odd(layout, generator, 8, 8);
            Tensor places = Torch.tensor(new long[] {4, 0, 2});
            for (boolean recording : new boolean[] {true, false}) {
                try (GradMode _ = recording ? Torch.enableGrad() : Torch.noGrad()) {
                    same(
                            Functional.conv2d(image, filter, vector, ONCE),
                            Functional.conv2d(plain(image), plain(filter), plain(vector), ONCE));
                    same(
                            Functional.layerNorm(rows, Shape.of(8), new Functional.Affine(vector, vector, 1e-5)),
                            Functional.layerNorm(
                                    plain(rows),
                                    Shape.of(8),
                                    new Functional.Affine(plain(vector), plain(vector), 1e-5)));
                    same(
                            Functional.groupNorm(image, 2, new Functional.Affine(four, four, 1e-5)),
                            Functional.groupNorm(
                                    plain(image), 2, new Functional.Affine(plain(four), plain(four), 1e-5)));
                    same(
                            Functional.scaledDotProductAttention(heads, heads, heads),
                            Functional.scaledDotProductAttention(plain(heads), plain(heads), plain(heads)));
                    same(Functional.embedding(rows, places), Functional.embedding(plain(rows), places));
                    same(Functional.upsampleNearest(image, 9, 5), Functional.upsampleNearest(plain(image), 9, 5));
                    same(Functional.upsampleBicubic(image, 9, 5), Functional.upsampleBicubic(plain(image), 9, 5));
                    same(Functional.matmul(heads, mask), Functional.matmul(plain(heads), plain(mask)));
                    same(Functional.pad(image, 1, 2, -1), Functional.pad(plain(image), 1, 2, -1));
                    same(rows.norm(), plain(rows).norm());
                    same(rows.softmax(0), plain(rows).softmax(0));
                    same(rows.cumsum(1), plain(rows).cumsum(1));
                }
            }
        }
    }

    private static Tensor odd(String layout, Generator generator, long... sizes) {
        long[] stored = sizes.clone();
        int last = sizes.length - 1;
        switch (layout) {
            case "strided" -> stored[last] *= 2;
            case "expanded" -> stored[last] = 1;
            default -> {
                stored[0] = sizes[last];
                stored[last] = sizes[0];
            }
        }
        Tensor drawn = Torch.randn(generator, DType.FLOAT32, stored);
        return switch (layout) {
            case "strided" -> drawn.slice(last, 1, stored[last], 2);
            case "expanded" -> drawn.expand(sizes);
            default -> drawn.transpose(0, last);
        };
    }

    /** The same values, row-major. */
    private static Tensor plain(Tensor odd) {
        return Torch.tensor(odd.toFloats(), odd.shape().toArray());
    }

    private static void same(Tensor actual, Tensor expected) {
        close(actual, expected.to(DType.FLOAT64), 1e-5);
    }
}
