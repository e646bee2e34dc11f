package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AutocastTest {

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"BFLOAT16", "FLOAT16"})
    void productsAreComputedInTheLowerTypeUntilItCloses(DType lower) {
        try (TensorScope _ = TensorScope.open()) {
            Tensor weight = Torch.full(1.0 / 3, DType.FLOAT32, Device.CPU, Shape.of(4, 4))
                    .requiresGrad(true);
            Tensor input = Torch.ones(2, 4);
            Tensor product;
            Autocast autocast = Autocast.to(Device.Type.CPU, lower);
            try (autocast) {
                product = Functional.linear(input, weight, null);
            }
            autocast.close();
            assertThat(product.dtype()).isEqualTo(lower);
            assertThat(Functional.linear(input, weight, null).dtype()).isEqualTo(DType.FLOAT32);

            product.to(DType.FLOAT32).sum().backward();
            assertThat(weight.grad()).isNotNull();
            assertThat(weight.grad().dtype()).isEqualTo(DType.FLOAT32);
            assertThat(weight.grad().sum().item()).isCloseTo(32, within(1e-6));
        }
    }

    @Test
    void otherTypesAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Autocast.to(Device.Type.CPU, DType.FLOAT64))
                .withMessageContaining("float64");
    }
}
