package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
}
