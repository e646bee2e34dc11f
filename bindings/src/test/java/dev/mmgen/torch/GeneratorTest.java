package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.torch.nn.Init;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** CPU draws equal those of PyTorch after {@code manual_seed}. */
class GeneratorTest {

    /** Vector and scalar code paths of libtorch differ by this in float32 normals. */
    private static final double NORMAL_TOLERANCE = 3e-6;

    static Stream<String> draws() {
        try (Safetensors file = Safetensors.open(Goldens.folder("rng").resolve("torch_cpu.safetensors"))) {
            return file.infos().keySet().stream()
                    .filter(key ->
                            key.matches("(randn?(64)?|randint|randperm|uniform_|normal_|xavier|random_)\\.seed.*"))
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("draws")
    void drawsEqualTheRecording(String key) {
        try (Safetensors file = Safetensors.open(Goldens.folder("rng").resolve("torch_cpu.safetensors"));
                StateDict recorded = file.load(key::equals);
                TensorScope _ = TensorScope.open()) {
            Tensor expected = recorded.get(key);
            String[] parts = key.split("\\.");
            long seed = Long.parseLong(parts[1].substring("seed".length()));
            String arguments = parts.length > 2 ? parts[2] : "";
            try (Generator generator = Generator.seeded(seed)) {
                compare(draw(parts[0], arguments, expected, generator), expected);
            }
            Torch.manualSeed(seed);
            compare(draw(parts[0], arguments, expected, null), expected);
        }
    }

    private static Tensor draw(String kind, String arguments, Tensor like, Generator generator) {
        long[] sizes = like.shape().toArray();
        return switch (kind) {
            case "rand", "rand64" -> Torch.rand(generator, like.dtype(), sizes);
            case "randn", "randn64" -> Torch.randn(generator, like.dtype(), sizes);
            case "randint" -> {
                long[] range = Arrays.stream(arguments.split("-"))
                        .mapToLong(Long::parseLong)
                        .toArray();
                yield Torch.randint(generator, range[0], range[1], sizes);
            }
            case "randperm" -> Torch.randperm(generator, Long.parseLong(arguments));
            case "uniform_" -> Torch.uniform_(Torch.zeros(sizes), -0.3, 0.3, generator);
            case "normal_" -> Torch.normal_(Torch.zeros(sizes), 0, 0.02, generator);
            case "xavier" -> {
                Tensor fresh = Torch.zeros(sizes);
                Init.xavierUniform().fill(fresh, generator);
                yield fresh;
            }
            case "random_" ->
                Operator.of("aten::random_(Tensor(a!) self, *, Generator? generator=None) -> Tensor(a!)")
                        .call(Torch.full(0, DType.INT64, Device.CPU, like.shape()), generator);
            default -> throw new IllegalArgumentException("unknown kind of draw: " + kind);
        };
    }

    private static void compare(Tensor actual, Tensor expected) {
        assertThat(actual.dtype()).isEqualTo(expected.dtype());
        assertThat(actual.shape()).isEqualTo(expected.shape());
        if (expected.dtype() == DType.INT64) {
            assertThat(actual.toLongs()).isEqualTo(expected.toLongs());
        } else {
            double tolerance = expected.dtype() == DType.FLOAT64 ? 1e-15 : NORMAL_TOLERANCE;
            assertThat(actual.toDoubles()).containsExactly(expected.toDoubles(), within(tolerance));
        }
    }

    @Test
    void consecutiveDrawsShareOneStream() {
        try (Safetensors file = Safetensors.open(Goldens.folder("rng").resolve("torch_cpu.safetensors"));
                StateDict recorded = file.load(key -> key.startsWith("sequence."));
                TensorScope _ = TensorScope.open()) {
            Stream<String> seeds =
                    recorded.keys().stream().map(key -> key.split("\\.")[1]).distinct();
            seeds.toList().forEach(seed -> {
                try (Generator g = Generator.seeded(Long.parseLong(seed.substring("seed".length())))) {
                    Tensor[] draws = {
                        Torch.rand(g, DType.FLOAT32, 8, 1, 1, 1),
                        Torch.rand(g, DType.FLOAT32, 8, 4, 1, 1, 1),
                        Torch.randint(g, 0, 4, 8),
                        Torch.randn(g, DType.FLOAT32, 5),
                        Torch.rand(g, DType.FLOAT32, 3),
                        Torch.randn(g, DType.FLOAT32, 2),
                        Torch.randn(g, DType.FLOAT32, 40),
                        Torch.rand(g, DType.FLOAT32, 8),
                        Torch.randn(g, DType.FLOAT64, 3),
                        Torch.randn(g, DType.FLOAT32, 1)
                    };
                    for (int i = 0; i < draws.length; i++) {
                        compare(draws[i], recorded.get("sequence." + seed + "." + i));
                    }
                }
            });
        }
    }

    @Test
    void aSeedStartsTheStreamAnew() {
        long before = Torch.liveTensors();
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(1)) {
            float[] first = Torch.rand(generator, DType.FLOAT32, 4).toFloats();
            assertThat(Torch.rand(generator, DType.FLOAT32, 4).toFloats()).isNotEqualTo(first);
            assertThat(Torch.rand(generator.seed(1), DType.FLOAT32, 4).toFloats())
                    .isEqualTo(first);
        }
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    @Test
    void aClosedGeneratorIsRefused() {
        Generator generator = Generator.seeded(1);
        generator.close();
        generator.close();
        assertThatThrownBy(() -> Torch.rand(generator, DType.FLOAT32, 4)).hasMessageContaining("generator is closed");
    }
}
