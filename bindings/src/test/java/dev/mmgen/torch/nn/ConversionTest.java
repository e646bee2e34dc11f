package dev.mmgen.torch.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.QuantizedMatrix;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Modules that are brought to another element type, which their matrices take when they are first used. */
class ConversionTest {

    private static final int WIDTH = 48;

    private static Mlp mlp() {
        Mlp mlp = new Mlp(WIDTH, 100, Activation.GELU_TANH);
        try (Generator generator = Generator.seeded(2)) {
            mlp.initialize(generator);
        }
        return mlp;
    }

    private static Tensor input(DType dtype) {
        try (Generator generator = Generator.seeded(3)) {
            return Torch.randn(generator, DType.FLOAT32, 2, 20, WIDTH).to(dtype);
        }
    }

    /** Returns the results of a module whose matrices are converted one by one, before all else. */
    private static float[] convertedAtOnce(DType dtype) {
        try (Mlp mlp = mlp();
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            mlp.to(Device.CPU, dtype);
            mlp.parameters().values().forEach(Parameter::value);
            return mlp.forward(input(dtype)).toFloats();
        }
    }

    @Test
    void valuesHaveTheTypeThatWasAskedFor() {
        try (Mlp mlp = mlp();
                TensorScope _ = TensorScope.open()) {
            Tensor before = mlp.parameters().get("fc1.weight").value().add(0);
            mlp.to(Device.CPU, DType.BFLOAT16);
            assertThat(mlp.parameters().values()).allMatch(p -> p.value().dtype() == DType.BFLOAT16);
            assertThat(mlp.parameters().get("fc1.weight").value().toFloats())
                    .isEqualTo(before.to(DType.BFLOAT16).toFloats());
        }
    }

    @Test
    void eachTypeOnTheWayRounds() {
        try (Mlp mlp = mlp();
                TensorScope _ = TensorScope.open()) {
            Tensor rounded = mlp.parameters()
                    .get("fc1.weight")
                    .value()
                    .to(DType.BFLOAT16)
                    .to(DType.FLOAT32);
            mlp.to(Device.CPU, DType.BFLOAT16);
            mlp.to(Device.CPU, DType.FLOAT32);
            assertThat(mlp.parameters().get("fc1.weight").value().toFloats()).isEqualTo(rounded.toFloats());
        }
    }

    @Test
    void packedMatricesAreThoseConvertedBefore() {
        for (DType dtype : List.of(DType.FLOAT32, DType.BFLOAT16)) {
            float[] expected = convertedAtOnce(dtype);
            try (Mlp mlp = mlp();
                    TensorScope _ = TensorScope.open();
                    GradMode _ = Torch.noGrad()) {
                mlp.to(Device.CPU, dtype);
                assertThat(mlp.forward(input(dtype)).toFloats()).as("plain").isEqualTo(expected);
            }
            try (Mlp mlp = mlp();
                    Mlp early = mlp();
                    TensorScope _ = TensorScope.open();
                    GradMode _ = Torch.noGrad()) {
                mlp.to(Device.CPU, dtype);
                mlp.packMatrices();
                early.to(Device.CPU, dtype);
                early.parameters().values().forEach(Parameter::value);
                early.packMatrices();
                assertThat(mlp.forward(input(dtype)).toFloats())
                        .as("packed")
                        .isEqualTo(early.forward(input(dtype)).toFloats());
            }
        }
    }

    @Test
    void bytesAreMadeOfTheBitsInTheFile() {
        assumeTrue(QuantizedMatrix.isAvailable(), "this processor does not multiply bytes exactly");
        try (Mlp mlp = mlp();
                Mlp full = mlp();
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            mlp.to(Device.CPU, DType.BFLOAT16);
            mlp.quantizeMatrices();
            Linear map = mlp.modules(Linear.class).getFirst();
            Tensor input = input(DType.BFLOAT16);
            Tensor bytes = QuantizedMatrix.of(
                            full.modules(Linear.class).getFirst().weight().value())
                    .linear(input, map.bias().value());
            assertThat(map.forward(input).toFloats()).isEqualTo(bytes.toFloats());
            assertThat(map.weight().value().dtype()).isEqualTo(DType.BFLOAT16);
        }
    }

    @Test
    void severalThreadsConvertOnce() {
        float[] expected = convertedAtOnce(DType.BFLOAT16);
        for (int round = 0; round < 20; round++) {
            try (Mlp mlp = mlp()) {
                mlp.to(Device.CPU, DType.BFLOAT16);
                List<float[]> results = new ArrayList<>(IntStream.range(0, 4)
                        .parallel()
                        .mapToObj(_ -> {
                            try (TensorScope _ = TensorScope.open();
                                    GradMode _ = Torch.noGrad()) {
                                return mlp.forward(input(DType.BFLOAT16)).toFloats();
                            }
                        })
                        .toList());
                assertThat(results).allSatisfy(result -> assertThat(result).isEqualTo(expected));
            }
        }
    }

    @Test
    void convertedMatricesTrain() {
        try (Mlp mlp = mlp();
                TensorScope _ = TensorScope.open()) {
            mlp.to(Device.CPU, DType.BFLOAT16);
            mlp.requiresGrad(true);
            mlp.forward(input(DType.BFLOAT16)).sum().backward();
            Tensor weight = mlp.parameters().get("fc1.weight").value();
            assertThat(weight.grad()).isNotNull();
        }
    }

    @Test
    void aModuleClosesWithoutHavingBeenConverted() {
        long before = Torch.liveTensors();
        Mlp mlp = mlp();
        mlp.to(Device.CPU, DType.BFLOAT16);
        mlp.close();
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }
}
