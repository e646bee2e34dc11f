package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Operations whose operands lie in the memory that they write, or whose kernels read as far as another operand is long. */
class SharedMemoryTest {

    private static Tensor numbers() {
        return Torch.tensor(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    }

    @Test
    void operandsThatSharePlacesWithTheTargetCountAsTheyWere() {
        try (TensorScope _ = TensorScope.open()) {
            Tensor copied = numbers();
            copied.slice(1, 1, 3).copy_(copied.slice(1, 0, 2));
            assertThat(copied.toFloats()).containsExactly(1, 1, 2, 4, 4, 5);
            Tensor multiplied = numbers();
            multiplied.mul_(multiplied.slice(1, 0, 1));
            assertThat(multiplied.toFloats()).containsExactly(1, 2, 3, 16, 20, 24);
            Tensor added = numbers();
            added.slice(1, 1, 3).addProduct_(added.slice(1, 0, 2), Torch.ones(2, 2));
            assertThat(added.toFloats()).containsExactly(1, 3, 5, 4, 9, 11);
            Tensor mixed = numbers();
            mixed.slice(1, 1, 3).lerp_(mixed.slice(1, 0, 2), 1);
            assertThat(mixed.toFloats()).containsExactly(1, 1, 2, 4, 4, 5);
            Tensor squared = numbers();
            squared.mul_(squared);
            assertThat(squared.toFloats()).containsExactly(1, 4, 9, 16, 25, 36);
        }
    }

    @Test
    void attentionNeedsAValueForEachKey() {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Tensor queries = Torch.ones(1, 1, 3, 8);
            for (long values : new long[] {4, 50, 4_000_000}) {
                assertThatThrownBy(() -> Functional.scaledDotProductAttention(
                                queries, Torch.ones(1, 1, 5, 8), Torch.ones(1, 1, values, 8)))
                        .isInstanceOf(TorchException.class)
                        .hasMessageContaining("5 keys and " + values + " values");
            }
        }
    }

    @Test
    void theOuterMixedPrecisionGoesOnWhenTheInnerOneEnds() {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Tensor x = Torch.ones(2, 2);
            try (Autocast _ = Autocast.to(Device.Type.CPU, DType.BFLOAT16)) {
                try (Autocast _ = Autocast.to(Device.Type.CPU, DType.FLOAT16)) {
                    assertThat(x.matmul(x).dtype()).isEqualTo(DType.FLOAT16);
                }
                assertThat(x.matmul(x).dtype()).isEqualTo(DType.BFLOAT16);
            }
            assertThat(x.matmul(x).dtype()).isEqualTo(DType.FLOAT32);
        }
    }
}
