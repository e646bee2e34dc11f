package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OperatorTest {

    private static final Operator NEG = Operator.of("aten::neg(Tensor self) -> Tensor");

    @Test
    void anOperatorIsCalledByItsSchema() {
        long before = Torch.liveTensors();
        try (TensorScope _ = TensorScope.open()) {
            Operator roll = Operator.of("aten::roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor");
            Tensor x = Torch.tensor(new float[] {1, 2, 3, 4});
            assertThat(roll.call(x, new long[] {1}, new long[] {0}).toFloats()).containsExactly(4, 1, 2, 3);
            Operator sort = Operator.of(
                    "aten::sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)");
            List<Object> sorted = sort.callAll(x, -1, true);
            assertThat(((Tensor) sorted.get(0)).toFloats()).containsExactly(4, 3, 2, 1);
            assertThat(((Tensor) sorted.get(1)).toLongs()).containsExactly(3, 2, 1, 0);
            Operator cat = Operator.of("aten::cat(Tensor[] tensors, int dim=0) -> Tensor");
            assertThat(cat.call(List.of(x, x), 0).elements()).isEqualTo(8);
            Operator mean = Operator.of(
                    "aten::mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor");
            assertThat(mean.call(x, null, false, DType.FLOAT64).item()).isEqualTo(2.5);
        }
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "aten::roll(Tensor self, SymInt[1] shifts) -> Tensor",
                "aten::neg(int self) -> Tensor",
                "aten::neg(Tensor self) -> (Tensor, Tensor)",
                "aten::no_such_operator(Tensor self) -> Tensor",
                "aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
                "other::neg(Tensor self) -> Tensor",
                "nonsense",
                "",
                "(((",
                "aten::(Tensor self) -> Tensor"
            })
    void aSchemaThatLibtorchDoesNotDeclareIsRefused(String schema) {
        try (TensorScope _ = TensorScope.open()) {
            Tensor x = Torch.ones(2);
            assertThatThrownBy(() -> Operator.of(schema).callAll(x, x, 1)).isInstanceOf(TorchException.class);
        }
    }

    @Test
    void argumentsThatDoNotFitAreRefused() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor x = Torch.ones(2);
            assertThatThrownBy(() -> NEG.call()).hasMessageContaining("takes 1 arguments");
            assertThatThrownBy(() -> NEG.call(x, x)).hasMessageContaining("takes 1 arguments");
            assertThatThrownBy(() -> NEG.call(3))
                    .hasMessageContaining("argument 1")
                    .hasMessageContaining("an integer");
            assertThatThrownBy(() -> NEG.call((Object) null)).hasMessageContaining("cannot be none");
            assertThatThrownBy(() -> NEG.call(new Object())).hasMessageContaining("java.lang.Object");
            assertThatThrownBy(() -> NEG.call(List.of(1)))
                    .hasMessageContaining("argument 1")
                    .hasMessageContaining("java.lang.Integer");
        }
    }

    @Test
    void defaultsAndNamesOfResultsNeedNotBeCopied() {
        try (TensorScope _ = TensorScope.open()) {
            Operator sort = Operator.of("aten::sort(Tensor self, int dim, bool descending) -> (Tensor, Tensor)");
            assertThat(((Tensor) sort.callAll(Torch.tensor(new float[] {2, 1}), 0, false)
                                    .get(0))
                            .toFloats())
                    .containsExactly(1, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "aten::as_strided(Tensor(a) self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor(a)",
                "aten::set_.source_Tensor(Tensor(a!) self, Tensor source) -> Tensor(a!)",
                "aten::resize_(Tensor(a!) self, SymInt[] size, *, MemoryFormat? memory_format=None) -> Tensor(a!)",
                "aten::_reshape_alias(Tensor(a) self, SymInt[] size, SymInt[] stride) -> Tensor(a)",
                "aten::embedding_dense_backward(Tensor grad_output, Tensor indices, SymInt num_weights, SymInt padding_idx,"
                        + " bool scale_grad_by_freq) -> Tensor"
            })
    void operatorsThatTrustTheirArgumentsNeedUnchecked(String schema) {
        try (TensorScope _ = TensorScope.open()) {
            long[] numbers = {2};
            Tensor x = Torch.ones(2);
            Object[] arguments = schema.contains("as_strided")
                    ? new Object[] {x, numbers, numbers, null}
                    : schema.contains("resize_")
                            ? new Object[] {x, numbers, null}
                            : schema.contains("alias")
                                    ? new Object[] {x, numbers, numbers}
                                    : schema.contains("set_")
                                            ? new Object[] {x, x}
                                            : new Object[] {x, Torch.arange(2), 2, -1, false};
            assertThatThrownBy(() -> Operator.of(schema).callAll(arguments))
                    .isInstanceOf(TorchException.class)
                    .hasMessageContaining("Operator.unchecked, because");
        }
    }

    @Test
    void aTensorChangedInPlaceIsReadAnew() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor x = Torch.tensor(new float[] {1, 2, 3, 4});
            assertThat(x.shape()).isEqualTo(Shape.of(4));
            Operator.unchecked("aten::resize_(Tensor(a!) self, SymInt[] size, *, MemoryFormat? memory_format=None)"
                            + " -> Tensor(a!)")
                    .call(x, new long[] {2}, null);
            assertThat(x.shape()).isEqualTo(Shape.of(2));
            assertThat(x.toFloats()).containsExactly(1, 2);
            Tensor out = Torch.zeros(1);
            assertThat(out.elements()).isEqualTo(1);
            Operator.unchecked("aten::mul.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)")
                    .call(Torch.ones(3, 3), Torch.ones(3, 3), out);
            assertThat(out.toFloats()).hasSize(9).containsOnly(1);
        }
    }

    @Test
    void whatWritesToMoreThanItsFirstArgumentNeedsUnchecked() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor x = Torch.ones(3, 3);
            assertUnchecked(
                    "aten::matmul.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)",
                    x,
                    x,
                    Torch.ones(3, 3));
            assertUnchecked(
                    "aten::max.dim_max(Tensor self, int dim, bool keepdim=False, *, Tensor(a!) max, Tensor(b!) max_values)"
                            + " -> (Tensor(a!) values, Tensor(b!) indices)",
                    x,
                    0,
                    false,
                    Torch.ones(3),
                    Torch.arange(3));
        }
    }

    @Test
    void aKernelThatNobodyKnowsToCheckNeedsUnchecked() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor x = Torch.ones(3, 3);
            assertUnchecked(
                    "aten::lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True)"
                            + " -> (Tensor P, Tensor L, Tensor U)",
                    x,
                    x,
                    true,
                    true);
            assertUnchecked("aten::t_(Tensor(a!) self) -> Tensor(a!)", x);
            assertUnchecked("aten::unsqueeze_(Tensor(a!) self, int dim) -> Tensor(a!)", x, 0L);
        }
    }

    private static void assertUnchecked(String schema, Object... arguments) {
        Operator operator = Operator.of(schema);
        assertThatThrownBy(() -> operator.callAll(arguments))
                .isInstanceOf(TorchException.class)
                .hasMessageContaining("Operator.unchecked, because");
    }

    @Test
    void aWindowThatNobodyCouldWalkIsRefused() {
        Operator pool =
                Operator.of("aten::max_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0,"
                        + " int[1] dilation=1, bool ceil_mode=False) -> Tensor");
        long[] one = {1};
        try (TensorScope _ = TensorScope.open()) {
            Tensor x = Torch.ones(2, 3, 8);
            assertThatThrownBy(() -> pool.call(x, new long[] {1L << 40}, one, one, one, true))
                    .isInstanceOf(TorchException.class)
                    .hasMessageContaining("numbers in lists go up to 2^31 - 1");
            assertThat(pool.call(x, new long[] {2}, new long[] {2}, new long[] {0}, one, false)
                            .shape())
                    .isEqualTo(Shape.of(2, 3, 4));
        }
    }

    @Test
    void anyViewGivesTheNumbersOfItsCopy() {
        try (TensorScope _ = TensorScope.open()) {
            Operator convolution =
                    Operator.of("aten::conv2d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=1,"
                            + " SymInt[2] padding=0, SymInt[2] dilation=1, SymInt groups=1) -> Tensor");
            long[] one = {1, 1};
            Tensor input = Torch.arange(2 * 5 * 4 * 3)
                    .to(DType.FLOAT32)
                    .reshape(2, 5, 4, 3)
                    .permute(0, 3, 2, 1);
            Tensor weight = Torch.arange(72)
                    .to(DType.FLOAT32)
                    .reshape(3, 3, 2, 4)
                    .slice(3, 0, 4, 2)
                    .transpose(0, 1);
            Tensor bias = Torch.tensor(new float[] {0.5f}, 1).expand(3);
            Tensor views = convolution.call(input, weight, bias, one, new long[] {0, 0}, one, 1);
            Tensor copies = convolution.call(
                    input.copy(),
                    weight.copy(),
                    Torch.tensor(new float[] {0.5f, 0.5f, 0.5f}),
                    one,
                    new long[] {0, 0},
                    one,
                    1);
            assertThat(views.toFloats()).isEqualTo(copies.toFloats());
        }
    }

    @Test
    void anOperatorInPlaceReadsWhatWasThereBefore() {
        try (TensorScope _ = TensorScope.open()) {
            Operator multiply = Operator.of("aten::mul_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)");
            Tensor x = Torch.tensor(new float[] {1, 2, 3, 4, 5});
            multiply.call(x.slice(0, 1, 5), x.slice(0, 0, 4));
            assertThat(x.toFloats()).containsExactly(1, 2, 6, 12, 20);
        }
    }

    @Test
    void tensorsOfOtherKindsAreRefusedByNameAndFreed() {
        long before = Torch.liveTensors();
        try (TensorScope _ = TensorScope.open()) {
            Tensor x = Torch.ones(2, 2);
            assertThatThrownBy(
                            () -> Operator.unchecked("aten::to_mkldnn(Tensor self, ScalarType? dtype=None) -> Tensor")
                                    .call(x, null))
                    .hasMessageContaining("MKL-DNN layout");
            assertThatThrownBy(() -> Operator.unchecked("aten::complex(Tensor real, Tensor imag) -> Tensor")
                            .call(x, x))
                    .hasMessageContaining("complex");
            assertThatThrownBy(() -> Operator.unchecked("aten::_efficientzerotensor(SymInt[] size, *, ScalarType?"
                                    + " dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None)"
                                    + " -> Tensor")
                            .call(new long[] {3}, DType.FLOAT32, null, Device.CPU, null))
                    .hasMessageContaining("without memory");
            Tensor negated = Operator.unchecked("aten::_neg_view(Tensor(a) self) -> Tensor(a)")
                    .call(Torch.tensor(new float[] {1, -2}));
            assertThat(negated.toFloats()).containsExactly(-1, 2);
            assertThat(negated.mul(2).toFloats()).containsExactly(-2, 4);
        }
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    @Test
    void aListIsCopiedBeforeItIsUsed() {
        try (TensorScope _ = TensorScope.open()) {
            Operator cat = Operator.of("aten::cat(Tensor[] tensors, int dim=0) -> Tensor");
            Tensor first = Torch.ones(2);
            List<Tensor> closing = new AbstractList<>() {
                @Override
                public Tensor get(int index) {
                    if (index == 1) {
                        first.close();
                    }
                    return index == 0 ? first : Torch.ones(2);
                }

                @Override
                public int size() {
                    return 2;
                }
            };
            assertThatThrownBy(() -> cat.call(closing, 0)).hasMessageContaining("is closed");
            assertThatThrownBy(() -> Torch.cat(closing, 0)).hasMessageContaining("is closed");
            assertThatThrownBy(() -> Torch.stack(Arrays.asList(Torch.ones(1), null), 0))
                    .hasMessage("item 1 of a list of tensors is null");
        }
    }

    @Test
    void numbersThatLibtorchTakesForPointersAreRefused() {
        try (TensorScope _ = TensorScope.open()) {
            Operator narrow =
                    Operator.of("aten::narrow(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)");
            for (long odd : new long[] {Long.MIN_VALUE, -(1L << 62) - 1, -(1L << 62), 1L << 62, Long.MAX_VALUE}) {
                assertThatThrownBy(() -> narrow.call(Torch.ones(3), 0, odd, 1)).isInstanceOf(TorchException.class);
            }
        }
    }
}
