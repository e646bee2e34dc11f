package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Kernels of our own take a block's steps in one pass; with gradients libtorch's take several. Both must agree with the definition. */
class FusedTest {

    private static final long SAMPLES = 2;
    private static final long TOKENS = 37;

    private record Case(DType dtype, double tolerance) {

        static Case of(String type) {
            DType dtype = DType.named(type);
            return new Case(
                    dtype,
                    switch (dtype) {
                        case BFLOAT16 -> 6e-2;
                        case FLOAT64 -> 1e-12;
                        default -> 2e-5;
                    });
        }

        Tensor random(Generator generator, long... sizes) {
            return Torch.randn(generator, DType.FLOAT32, sizes).to(dtype);
        }

        void assertClose(Tensor actual, Tensor exact) {
            assertThat(actual.dtype()).isEqualTo(dtype);
            assertThat(actual.shape()).isEqualTo(exact.shape());
            assertThat(actual.to(DType.FLOAT64).sub(exact).abs().amax().item()).isCloseTo(0, within(tolerance));
        }
    }

    private static void recordingAndNot(Runnable body) {
        for (boolean recording : new boolean[] {true, false}) {
            try (GradMode _ = recording ? Torch.enableGrad() : Torch.noGrad()) {
                body.run();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "float32, 1, 1, 48", "float32, 2, 1, 384", "float32, 2, 37, 5", "float32, 1, 37, 1",
        "bfloat16, 1, 1, 48", "bfloat16, 2, 1, 384", "bfloat16, 2, 37, 5", "float64, 2, 1, 48"
    })
    void modulationsAgreeWithTheirDefinition(String type, long samples, long tokens, long width) {
        Case kind = Case.of(type);
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(3)) {
            Tensor x = kind.random(generator, SAMPLES, TOKENS, width).add(3);
            List<Tensor> parts =
                    kind.random(generator, samples, tokens, 3 * width).chunk(3, -1);
            Tensor exact = x.to(DType.FLOAT64);
            Tensor centred = exact.sub(exact.mean(-1).unsqueeze(-1));
            Tensor deviation =
                    centred.mul(centred).mean(-1).unsqueeze(-1).add(1e-6).sqrt();
            Tensor modulated = centred.div(deviation)
                    .mul(parts.get(1).to(DType.FLOAT64).add(1))
                    .add(parts.get(0));
            Tensor change = kind.random(generator, SAMPLES, TOKENS, width);
            Tensor gated = exact.add(parts.get(2).to(DType.FLOAT64).mul(change));
            recordingAndNot(() -> {
                for (Tensor tokensInSomeLayout : List.of(x, across(x))) {
                    kind.assertClose(
                            Functional.modulate(tokensInSomeLayout, parts.get(0), parts.get(1), 1e-6), modulated);
                    kind.assertClose(Functional.addGated(tokensInSomeLayout, parts.get(2), change), gated);
                    kind.assertClose(Functional.addGated(x, across(parts.get(2)), across(change)), gated);
                }
            });
        }
    }

    /** The same values, stored column by column. */
    private static Tensor across(Tensor rows) {
        return rows.transpose(1, 2).contiguous().transpose(1, 2);
    }

    @ParameterizedTest
    @CsvSource({
        "float32, 37, 3, 24",
        "float32, 1, 2, 1",
        "float32, 256, 2, 72",
        "float32, 101, 1, 64",
        "float32, 5, 3, 5",
        "float32, 4100, 1, 8",
        "bfloat16, 37, 3, 24",
        "float64, 37, 3, 24"
    })
    void attentionOfPackedTokensAgreesWithItsDefinition(String type, long tokens, int heads, long width) {
        Case kind = Case.of(type);
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(4)) {
            Tensor packed = kind.random(generator, SAMPLES, tokens, 3 * heads * width);
            Tensor parts = packed.to(DType.FLOAT64)
                    .reshape(SAMPLES, tokens, 3, heads, width)
                    .permute(2, 0, 3, 1, 4);
            Tensor scores = Functional.matmul(
                    parts.select(0, 0).mul(1 / Math.sqrt(width)),
                    parts.select(0, 1).transpose(-2, -1));
            Tensor exact = Functional.matmul(scores.softmax(-1), parts.select(0, 2))
                    .transpose(1, 2)
                    .reshape(SAMPLES, tokens, heads * width);
            recordingAndNot(() -> {
                kind.assertClose(Functional.selfAttention(packed, heads), exact);
                kind.assertClose(Functional.selfAttention(across(packed), heads), exact);
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"float32", "bfloat16"})
    void argumentsThatDoNotFitAreRefused(String type) {
        Case kind = Case.of(type);
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(5)) {
            Tensor x = kind.random(generator, 2, 5, 8);
            Tensor row = kind.random(generator, 1, 1, 8);
            recordingAndNot(() -> {
                for (long[] sizes : new long[][] {{1, 1, 7}, {3, 1, 8}, {1, 4, 8}}) {
                    Tensor other = kind.random(generator, sizes);
                    assertThatThrownBy(() -> Functional.modulate(x, other, row, 1e-6))
                            .isInstanceOf(TorchException.class);
                    assertThatThrownBy(() -> Functional.modulate(x, row, other, 1e-6))
                            .isInstanceOf(TorchException.class);
                    assertThatThrownBy(() -> Functional.addGated(x, other, x)).isInstanceOf(TorchException.class);
                }
                assertThatThrownBy(() -> Functional.addGated(x, row, kind.random(generator, 2, 5, 9)))
                        .isInstanceOf(TorchException.class);
                for (int heads : new int[] {0, -1, 3, Integer.MAX_VALUE}) {
                    assertThatThrownBy(() -> Functional.selfAttention(x, heads))
                            .isInstanceOf(TorchException.class)
                            .hasMessageContaining("heads");
                }
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"float32", "bfloat16"})
    void noTokensGiveNoTokens(String type) {
        Case kind = Case.of(type);
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(6)) {
            Tensor row = kind.random(generator, 1, 1, 12);
            Tensor none = Torch.zeros(2, 0, 12).to(kind.dtype());
            recordingAndNot(() -> {
                assertThat(Functional.modulate(none, row, row, 1e-6).shape()).isEqualTo(none.shape());
                assertThat(Functional.addGated(none, row, none).shape()).isEqualTo(none.shape());
                assertThat(Functional.selfAttention(none, 2).shape()).isEqualTo(Shape.of(2, 0, 4));
            });
        }
    }
}
