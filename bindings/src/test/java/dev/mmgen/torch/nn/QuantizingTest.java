package dev.mmgen.torch.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mmgen.torch.ChildJvm;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.MappedFile;
import dev.mmgen.torch.QuantizedMatrix;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.TorchException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantizingTest {

    @BeforeAll
    static void requireEightBits() {
        assumeTrue(QuantizedMatrix.isAvailable(), "this processor does not multiply bytes exactly");
    }

    private static Mlp mlp(DType dtype) {
        Mlp mlp = new Mlp(48, 100, Activation.GELU_TANH);
        try (Generator generator = Generator.seeded(2)) {
            mlp.initialize(generator);
        }
        mlp.to(Device.CPU, dtype);
        return mlp;
    }

    private static double difference(Tensor left, Tensor right) {
        return left.sub(right).abs().amax().to(DType.FLOAT64).item();
    }

    /** The bytes of a row and the scale that belongs to them, and which of the bytes stand so near to the middle that either is right. */
    private record Row(int[] bytes, boolean[] ties, float scale) {
        static Row of(float[] values, int from, int width) {
            float range = 0;
            for (int i = 0; i < width; i++) {
                range = Math.max(range, Math.abs(values[from + i]));
            }
            float inverse = range == 0 ? 0 : 127 / range;
            int[] bytes = new int[width];
            boolean[] ties = new boolean[width];
            for (int i = 0; i < width; i++) {
                double exact = (double) values[from + i] * inverse;
                bytes[i] = (int) Math.rint(exact);
                // A processor that multiplies and adds in one rounds once, another twice.
                ties[i] = Math.abs(Math.abs(exact - bytes[i]) - 0.5) < 1e-5;
            }
            return new Row(bytes, ties, range / 127);
        }
    }

    /** A product of bytes as Java computes it, and how far off it may be where bytes are ties. */
    private record Product(double value, double slack) {

        static List<Product> of(float[] x, float[] w, float[] bias, int width) {
            List<Product> products = new ArrayList<>();
            for (int r = 0; r < x.length / width; r++) {
                Row input = Row.of(x, r * width, width);
                for (int o = 0; o < w.length / width; o++) {
                    products.add(of(input, Row.of(w, o * width, width), bias[o]));
                }
            }
            return products;
        }

        private static Product of(Row input, Row weight, float bias) {
            long sum = 0;
            long ties = 0;
            for (int i = 0; i < input.bytes().length; i++) {
                int left = input.bytes()[i];
                int right = weight.bytes()[i];
                sum += (long) left * right;
                ties += input.ties()[i] ? Math.abs(right) + 1 : 0;
                ties += weight.ties()[i] ? Math.abs(left) + 1 : 0;
            }
            double scale = (double) weight.scale() * input.scale();
            return new Product(sum * scale + bias, ties * scale);
        }

        /** Its slope is at most 1.13. */
        Product gelu() {
            return new Product(geluTanh(value), 1.13 * slack);
        }
    }

    private static double geluTanh(double x) {
        return x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    @ParameterizedTest
    @CsvSource({
        "float32, 1, 1, 1",
        "float32, 3, 7, 5",
        "float32, 1, 64, 48",
        "float32, 256, 96, 33",
        "float32, 17, 1000, 64",
        "bfloat16, 1, 1, 1",
        "bfloat16, 3, 7, 5",
        "bfloat16, 256, 96, 33"
    })
    void aProductIsThatOfThePlainBytes(String type, int rows, int width, int outputs) {
        DType dtype = DType.named(type);
        try (Generator generator = Generator.seeded(7);
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Tensor input = Torch.randn(generator, DType.FLOAT32, 2, rows, width).to(dtype);
            Tensor weight =
                    Torch.randn(generator, DType.FLOAT32, outputs, width).to(dtype);
            Tensor bias = Torch.randn(generator, DType.FLOAT32, outputs).to(dtype);
            QuantizedMatrix matrix = QuantizedMatrix.of(weight);
            float[] x = input.to(DType.FLOAT32).toFloats();
            float[] w = weight.to(DType.FLOAT32).toFloats();
            float[] b = bias.to(DType.FLOAT32).toFloats();
            double step = dtype == DType.FLOAT32 ? 1e-5 : 1.0 / 256;
            Shape shape = Shape.of(2, rows, outputs);
            expect(Product.of(x, w, b, width), matrix.linear(input, bias), shape, step);
            expect(Product.of(x, w, new float[outputs], width), matrix.linear(input, null), shape, step);
            List<Product> activated =
                    Product.of(x, w, b, width).stream().map(Product::gelu).toList();
            expect(activated, matrix.linearGelu(input, bias), shape, step);
        }
    }

    /** A relative error of one step, and an absolute one where sums of terms of about 1 cancel. */
    private static void expect(List<Product> expected, Tensor actual, Shape shape, double step) {
        assertThat(actual).isNotNull();
        assertThat(actual.shape()).isEqualTo(shape);
        float[] found = actual.to(DType.FLOAT32).toFloats();
        for (int i = 0; i < found.length; i++) {
            double value = expected.get(i).value();
            assertThat((double) found[i])
                    .isCloseTo(
                            value,
                            within(step * (1 + Math.abs(value))
                                    + expected.get(i).slack()));
        }
    }

    @Test
    void sumsAtTheEndsOfTheRangeAreExact() {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            for (int sign : new int[] {1, -1}) {
                Tensor weight = Torch.full(sign, DType.FLOAT32, Device.CPU, Shape.of(8, 4096));
                Tensor product = QuantizedMatrix.of(weight).linear(Torch.ones(5, 4096), null);
                assertThat(product).isNotNull();
                assertThat(difference(product, Torch.full(4096.0 * sign, DType.FLOAT32, Device.CPU, Shape.of(5, 8))))
                        .isCloseTo(0, within(1e-2));
            }
        }
    }

    @Test
    void rowsThatHoldNoNumbersGiveNone() {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            float[] rows = {0, 0, 1e-38f, -1e-38f, Float.NaN, 1, Float.POSITIVE_INFINITY, 1, 3e38f, -3e38f};
            float[] values = QuantizedMatrix.of(Torch.tensor(new float[] {1, 0.5f}, 1, 2))
                    .linear(Torch.tensor(rows, 5, 2), Torch.tensor(new float[] {2}))
                    .toFloats();
            assertThat(values[0]).isEqualTo(2);
            assertThat(values[1]).isEqualTo(2);
            assertThat(values[2]).isNaN();
            assertThat(values[3]).isNaN();
            assertThat(values[4] / 1.5e38).isCloseTo(1, within(0.02));
            float[] weights = {Float.NaN, 1, 1, 1};
            assertThat(QuantizedMatrix.of(Torch.tensor(weights, 2, 2))
                            .linear(Torch.ones(1, 2), null)
                            .toFloats()[0])
                    .isNaN();
        }
    }

    @Test
    void geluHoldsFarFromZero() {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            float[] values = {-1e30f, -60, -9, -3, -0.01f, 0, 0.01f, 3, 9, 60, 1e30f};
            Tensor input = Torch.tensor(values, values.length, 1);
            float[] found =
                    QuantizedMatrix.of(Torch.ones(1, 1)).linearGelu(input, null).toFloats();
            float[] expected = input.geluTanh().toFloats();
            for (int i = 0; i < values.length; i++) {
                assertThat((double) found[i]).isCloseTo(expected[i], within(1e-6 + Math.abs(expected[i]) * 1e-5));
            }
        }
    }

    @Test
    void inputsOfAnyLayoutGiveTheSame() {
        try (Generator generator = Generator.seeded(8);
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            QuantizedMatrix matrix = QuantizedMatrix.of(Torch.randn(generator, DType.FLOAT32, 6, 16));
            Tensor columns = Torch.randn(generator, DType.FLOAT32, 2, 16, 5);
            Tensor expected = matrix.linear(columns.transpose(1, 2).contiguous(), null);
            assertThat(matrix.linear(columns.transpose(1, 2), null).toFloats()).isEqualTo(expected.toFloats());
            Tensor row = Torch.randn(generator, DType.FLOAT32, 1, 16);
            assertThat(difference(matrix.linear(row.expand(4, 16), null), matrix.linear(row, null)))
                    .isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"float32", "bfloat16"})
    void aPerceptronStaysWithinTwoPercent(String type) {
        DType dtype = DType.named(type);
        try (Mlp plain = mlp(DType.FLOAT32);
                Mlp quantized = mlp(dtype);
                Generator generator = Generator.seeded(3);
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            quantized.quantizeMatrices();
            assertThat(quantized.hasQuantizedMatrices()).isTrue();
            Tensor input = Torch.randn(generator, DType.FLOAT32, 1, 64, 48);
            Tensor exact = plain.forward(input);
            Tensor found = quantized.forward(input.to(dtype));
            assertThat(found.dtype()).isEqualTo(dtype);
            double error = found.to(DType.FLOAT32).sub(exact).norm().item()
                    / exact.norm().item();
            assertThat(error).isBetween(1e-4, 0.02);
        }
    }

    @Test
    void valuesAndGradientsAreThoseOfThePlainMatrix() {
        try (Mlp plain = mlp(DType.FLOAT32);
                Mlp quantized = mlp(DType.FLOAT32);
                TensorScope _ = TensorScope.open()) {
            quantized.quantizeMatrices();
            try (GradMode _ = Torch.noGrad()) {
                assertThat(difference(quantized.forward(Torch.ones(1, 4, 48)), plain.forward(Torch.ones(1, 4, 48))))
                        .isPositive();
            }
            assertThat(difference(quantized.forward(Torch.ones(1, 4, 48)), plain.forward(Torch.ones(1, 4, 48))))
                    .as("with gradients")
                    .isZero();
            quantized.quantizeMatrices();
            plain.parameters()
                    .forEach((key, parameter) -> assertThat(
                                    quantized.parameters().get(key).value().toFloats())
                            .as(key)
                            .isEqualTo(parameter.value().toFloats()));
            assertThat(quantized.hasQuantizedMatrices())
                    .as("values may be written")
                    .isFalse();
            quantized.requiresGrad(true);
            quantized.quantizeMatrices();
            quantized.forward(Torch.ones(1, 4, 48)).sum().backward();
            Parameter weight = quantized.modules(Linear.class).getFirst().weight();
            assertThat(weight.value().grad()).isNotNull();
        }
    }

    @Test
    void whatIsWrittenToAValueCounts() {
        try (Mlp quantized = mlp(DType.FLOAT32);
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            quantized.quantizeMatrices();
            quantized.forward(Torch.ones(1, 4, 48));
            quantized
                    .parameters()
                    .values()
                    .forEach(parameter -> parameter.value().fill_(0));
            quantized.quantizeMatrices();
            assertThat(quantized.forward(Torch.ones(1, 4, 48)).abs().amax().item())
                    .isZero();
            quantized
                    .parameters()
                    .values()
                    .forEach(parameter ->
                            parameter.set(Torch.ones(parameter.shape().toArray())));
            assertThat(quantized.forward(Torch.zeros(1, 4, 48)).amin().item()).isGreaterThan(1);
            quantized.packMatrices();
            assertThat(quantized.hasQuantizedMatrices()).isFalse();
        }
    }

    @Test
    void severalThreadsQuantizeOnce() {
        try (Mlp quantized = mlp(DType.FLOAT32)) {
            quantized.quantizeMatrices();
            IntStream.range(0, 16).parallel().forEach(i -> {
                try (TensorScope _ = TensorScope.open();
                        GradMode _ = Torch.noGrad()) {
                    Tensor input = Torch.full(i, DType.FLOAT32, Device.CPU, Shape.of(1, 3, 48));
                    assertThat(difference(quantized.forward(input), quantized.forward(input)))
                            .isZero();
                }
            });
        }
    }

    @Test
    void argumentsThatDoNotFitGoToThePlainMap() {
        try (Linear map = new Linear(16, 8);
                Generator generator = Generator.seeded(4);
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            map.initialize(generator);
            map.quantizeMatrices();
            map.forward(Torch.ones(1, 2, 16));
            assertThat(map.forward(Torch.ones(16)).shape()).isEqualTo(Shape.of(8));
            map.quantizeMatrices();
            assertThat(map.forward(Torch.zeros(2, 0, 16)).shape()).isEqualTo(Shape.of(2, 0, 8));
            map.quantizeMatrices();
            assertThatThrownBy(() -> map.forward(Torch.ones(1, 2, 15))).isInstanceOf(TorchException.class);
            QuantizedMatrix matrix = QuantizedMatrix.of(Torch.ones(8, 16));
            assertThat(matrix.linear(Torch.ones(2, 16), Torch.ones(7))).isNull();
            assertThat(matrix.linear(Torch.ones(2, 16), Torch.ones(1).expand(8)))
                    .isNull();
            assertThat(matrix.linear(Torch.ones(2, 16), Torch.ones(8).to(DType.BFLOAT16)))
                    .isNull();
            assertThat(matrix.linear(Torch.ones(2, 16).to(DType.FLOAT64), null)).isNull();
        }
    }

    @Test
    void onlyMatricesOfMatricesSizesAreQuantized() {
        try (TensorScope _ = TensorScope.open()) {
            for (Tensor refused : List.of(
                    Torch.ones(2, 3, 4),
                    Torch.ones(4, 3).transpose(0, 1),
                    Torch.ones(4),
                    Torch.zeros(0, 4),
                    Torch.ones(4, 3).to(DType.FLOAT64),
                    Torch.ones(4, 3).to(DType.INT8),
                    Torch.ones(1, 65_537))) {
                assertThatThrownBy(() -> QuantizedMatrix.of(refused)).hasMessageContaining("row-major matrix");
                assertThat(QuantizedMatrix.canQuantize(refused)).isFalse();
            }
            assertThat(QuantizedMatrix.canQuantize(Torch.ones(1, 65_536))).isTrue();
        }
    }

    @Test
    void aMappedMatrixKeepsItsFile(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("weights");
        ByteBuffer bytes = ByteBuffer.allocate(64 * 64 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 64 * 64; i++) {
            bytes.putFloat(i / 1000f);
        }
        Files.write(file, bytes.array());
        try (MappedFile mapped = MappedFile.open(file);
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Tensor matrix = mapped.tensor(0, DType.FLOAT32, Shape.of(64, 64));
            Tensor input = Torch.full(0.01, DType.FLOAT32, Device.CPU, Shape.of(1, 10, 64));
            Tensor product = QuantizedMatrix.of(matrix).linear(input, null);
            Tensor exact = Functional.linear(input, matrix, null);
            assertThat(difference(product, exact) / exact.abs().amax().item()).isLessThan(0.01);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(bytes.array());
    }

    /** Without VNNI, as far as oneDNN is told. */
    @Test
    @EnabledOnOs(OS.LINUX)
    @EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
    void aProcessorWithoutTheInstructionsSaysSoOnceAndPacks() throws Exception {
        ChildJvm child = ChildJvm.startUnder(List.of("env", "ONEDNN_MAX_CPU_ISA=AVX2"), List.of(), WithoutVnni.class);
        assertThat(child.readLines())
                .containsExactly(
                        "Eight bits (--dtype int8, DType.INT8) are not available, so the model computes in the type of its weights:"
                                + " products of bytes are cut on this processor, which lacks the instructions for them (VNNI)",
                        "quantized: false",
                        "differs by less than 1e-5: true",
                        "refused: products of bytes are cut on this processor, which lacks the instructions for them (VNNI)");
        assertThat(child.exitCode()).isZero();
    }

    /** Quantizes twice, and prints what is logged, whether it took place, and how far the result is from the plain one. */
    static final class WithoutVnni {

        private WithoutVnni() {}

        public static void main(String[] arguments) {
            Logger log = Logger.getLogger(QuantizedMatrix.class.getName());
            log.setUseParentHandlers(false);
            log.addHandler(new Handler() {
                @Override
                public void publish(LogRecord message) {
                    System.out.println(message.getMessage());
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            });
            try (Mlp plain = mlp(DType.FLOAT32);
                    Mlp quantized = mlp(DType.FLOAT32);
                    TensorScope _ = TensorScope.open();
                    GradMode _ = Torch.noGrad()) {
                quantized.quantizeMatrices();
                quantized.quantizeMatrices();
                System.out.println("quantized: " + quantized.hasQuantizedMatrices());
                Tensor input = Torch.ones(1, 4, 48);
                System.out.println("differs by less than 1e-5: "
                        + (difference(quantized.forward(input), plain.forward(input)) < 1e-5));
                try {
                    QuantizedMatrix.of(Torch.ones(4, 4));
                } catch (TorchException refused) {
                    System.out.println("refused: " + refused.getMessage());
                }
            }
        }
    }
}
