package dev.mmgen.torch.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.MappedFile;
import dev.mmgen.torch.PackedMatrix;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.TorchException;
import dev.mmgen.torch.weights.StateDict;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackingTest {

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

    @ParameterizedTest
    @CsvSource({"float32, 1", "float32, 7", "float32, 256", "bfloat16, 1", "bfloat16, 256"})
    void packedMapsGiveTheSameResults(String type, long rows) {
        DType dtype = DType.named(type);
        try (Mlp plain = mlp(dtype);
                Mlp packed = mlp(dtype);
                Generator generator = Generator.seeded(3);
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            packed.packMatrices();
            double tolerance = dtype == DType.FLOAT32 ? 1e-6 : 1e-2;
            for (long count : new long[] {rows, 3, rows}) {
                Tensor input =
                        Torch.randn(generator, DType.FLOAT32, 1, count, 48).to(dtype);
                assertThat(difference(packed.forward(input), plain.forward(input)))
                        .isCloseTo(0, within(tolerance));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1",
        "1, 300, 130",
        "5, 7, 5",
        "13, 33, 47",
        "64, 16, 16",
        "70, 40, 49",
        "515, 20, 100",
        "1030, 9, 17"
    })
    void packedMapsOfAllSizesAgreeWithTheirDefinition(long rows, long inputs, long outputs) {
        try (Generator generator = Generator.seeded(5);
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Tensor input = Torch.randn(generator, DType.FLOAT32, rows, inputs);
            Tensor weight = Torch.randn(generator, DType.FLOAT32, outputs, inputs);
            Tensor bias = Torch.randn(generator, DType.FLOAT32, outputs);
            Tensor product = Functional.matmul(
                    input.to(DType.FLOAT64), weight.to(DType.FLOAT64).transpose(0, 1));
            Tensor exact = product.add(bias.to(DType.FLOAT64));
            PackedMatrix packed = PackedMatrix.of(weight, rows);
            Tensor across = input.transpose(0, 1).contiguous().transpose(0, 1);
            double tolerance = 1e-5 * Math.sqrt(inputs);
            assertThat(difference(packed.linear(input, null).to(DType.FLOAT64), product))
                    .isCloseTo(0, within(tolerance));
            assertThat(difference(packed.linear(across, bias).to(DType.FLOAT64), exact))
                    .isCloseTo(0, within(tolerance));
            assertThat(difference(packed.linearGelu(input, bias).to(DType.FLOAT64), exact.geluTanh()))
                    .isCloseTo(0, within(tolerance));
            assertThat(packed.unpack().toFloats()).isEqualTo(weight.toFloats());
        }
    }

    @Test
    void geluOfPackedMapsHoldsAtTheEndsOfTheRange() {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            float[] ends = {-1e30f, -200, -9, -1e-30f, 0, 1e-30f, 9, 200, 1e30f, Float.NaN};
            PackedMatrix one = PackedMatrix.of(Torch.ones(1, 1), ends.length);
            float[] result =
                    one.linearGelu(Torch.tensor(ends, ends.length, 1), null).toFloats();
            for (int i = 0; i < ends.length - 1; i++) {
                double x = ends[i];
                double right = x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
                assertThat((double) result[i]).as("at " + x).isCloseTo(right, within(Math.abs(right) * 1e-5 + 1e-7));
            }
            assertThat(result[ends.length - 1]).isNaN();
        }
    }

    @Test
    void valuesAreTheSameBitsWhenAskedForAgain() {
        try (Mlp plain = mlp(DType.FLOAT32);
                Mlp packed = mlp(DType.FLOAT32);
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            packed.packMatrices();
            Tensor taken = packed.modules(Linear.class).getFirst().weight().value();
            packed.packMatrices();
            Tensor before = packed.forward(Torch.ones(1, 4, 48));
            assertThatThrownBy(taken::toFloats).isInstanceOf(IllegalStateException.class);
            try (StateDict state = packed.state();
                    StateDict expected = plain.state()) {
                expected.keys()
                        .forEach(key -> assertThat(state.get(key).toFloats())
                                .as(key)
                                .isEqualTo(expected.get(key).toFloats()));
            }
            assertThat(difference(packed.forward(Torch.ones(1, 4, 48)), before)).isCloseTo(0, within(1e-6));
        }
    }

    @Test
    void whatIsWrittenToAValueCounts() {
        try (Mlp packed = mlp(DType.FLOAT32);
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            packed.packMatrices();
            packed.forward(Torch.ones(1, 4, 48));
            packed.parameters().values().forEach(parameter -> parameter.value().fill_(0));
            assertThat(packed.forward(Torch.ones(1, 4, 48)).abs().amax().item()).isZero();
            packed.packMatrices();
            packed.parameters()
                    .values()
                    .forEach(parameter ->
                            parameter.set(Torch.ones(parameter.shape().toArray())));
            assertThat(packed.forward(Torch.zeros(1, 4, 48)).amin().item()).isGreaterThan(1);
        }
    }

    @Test
    void gradientsFlowThroughPlainMatrices() {
        try (Mlp packed = mlp(DType.FLOAT32);
                TensorScope _ = TensorScope.open()) {
            packed.packMatrices();
            try (GradMode _ = Torch.noGrad()) {
                packed.forward(Torch.ones(1, 4, 48));
            }
            packed.requiresGrad(true);
            packed.forward(Torch.ones(1, 4, 48)).sum().backward();
            Parameter weight = packed.modules(Linear.class).getFirst().weight();
            assertThat(weight.value().grad()).isNotNull();
            packed.packMatrices();
            try (GradMode _ = Torch.noGrad()) {
                packed.forward(Torch.ones(1, 4, 48));
            }
            assertThat(weight.value().requiresGrad())
                    .as("is trained, so it stays plain")
                    .isTrue();
        }
    }

    @Test
    void adaptersAreMergedIntoPackedMaps() {
        try (Linear map = new Linear(16, 8);
                Generator generator = Generator.seeded(4);
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            map.initialize(generator);
            LoraAdapter adapter = map.adapt(2, 0.5);
            adapter.initialize(generator);
            Init.uniform(1).fill(adapter.up().value(), generator);
            Tensor input = Torch.randn(generator, DType.FLOAT32, 1, 5, 16);
            Tensor expected = map.forward(input);
            map.packMatrices();
            assertThat(difference(map.forward(input), expected)).isCloseTo(0, within(1e-5));
            adapter.merge();
            assertThat(difference(map.forward(input), expected)).isCloseTo(0, within(1e-5));
        }
    }

    @Test
    void severalThreadsPackOnce() {
        try (Mlp plain = mlp(DType.FLOAT32);
                Mlp packed = mlp(DType.FLOAT32)) {
            for (int round = 0; round < 20; round++) {
                packed.packMatrices();
                IntStream.range(0, 8).parallel().forEach(i -> {
                    try (TensorScope _ = TensorScope.open();
                            GradMode _ = Torch.noGrad()) {
                        Tensor input = Torch.full(i, DType.FLOAT32, Device.CPU, Shape.of(1, 3, 48));
                        assertThat(difference(packed.forward(input), plain.forward(input)))
                                .isCloseTo(0, within(1e-5));
                    }
                });
                packed.modules(Linear.class).forEach(map -> map.weight().value());
            }
        }
    }

    @Test
    void argumentsThatDoNotFitGoToThePlainMap() {
        try (Linear map = new Linear(16, 8);
                Generator generator = Generator.seeded(4);
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            map.initialize(generator);
            map.packMatrices();
            map.forward(Torch.ones(1, 2, 16));
            assertThat(map.forward(Torch.ones(16)).shape()).isEqualTo(Shape.of(8));
            map.packMatrices();
            assertThat(map.forward(Torch.zeros(2, 0, 16)).shape()).isEqualTo(Shape.of(2, 0, 8));
            map.packMatrices();
            map.forward(Torch.ones(1, 2, 16));
            assertThatThrownBy(() -> map.forward(Torch.ones(1, 2, 15))).isInstanceOf(TorchException.class);
            assertThatThrownBy(() -> PackedMatrix.of(Torch.ones(2, 3, 4), 1)).hasMessageContaining("row-major matrix");
            assertThatThrownBy(() -> PackedMatrix.of(Torch.ones(4, 3).transpose(0, 1), 1))
                    .hasMessageContaining("row-major matrix");
            for (long rows : new long[] {0, -1, Long.MAX_VALUE}) {
                try {
                    Tensor input = Torch.ones(1, 2, 4);
                    Tensor result = PackedMatrix.of(Torch.ones(3, 4), rows).linear(input, null);
                    assertThat(result).isNotNull();
                } catch (TorchException refused) {
                    assertThat(refused).hasMessageNotContaining("closed");
                }
            }
        }
    }

    @Test
    void aMappedMatrixKeepsItsFile(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("weights");
        ByteBuffer bytes = ByteBuffer.allocate(64 * 64 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[64 * 64];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / 1000f;
            bytes.putFloat(values[i]);
        }
        Files.write(file, bytes.array());
        try (MappedFile mapped = MappedFile.open(file);
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Tensor matrix = mapped.tensor(0, DType.FLOAT32, Shape.of(64, 64));
            PackedMatrix packed = PackedMatrix.of(matrix, 10);
            assertThat(packed.unpack().toFloats()).isEqualTo(values);
            assertThat(matrix.toFloats()).as("read again").isEqualTo(values);
            Tensor input = Torch.full(0.01, DType.FLOAT32, Device.CPU, Shape.of(1, 10, 64));
            assertThat(difference(packed.linear(input, null), Functional.linear(input, matrix, null)))
                    .isCloseTo(0, within(1e-4));
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(bytes.array());
    }
}
