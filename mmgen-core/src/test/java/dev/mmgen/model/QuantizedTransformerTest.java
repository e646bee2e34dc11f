package dev.mmgen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.QuantizedMatrix;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Init;
import dev.mmgen.torch.nn.Linear;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TensorLeakCheck.class)
class QuantizedTransformerTest {

    private static final TransformerConfig SHAPE = TransformerConfig.small(8, 4, 10).toBuilder()
            .width(128)
            .depth(4)
            .heads(4)
            .build();

    @BeforeAll
    static void requireEightBits() {
        assumeTrue(QuantizedMatrix.isAvailable(), "this processor does not multiply bytes exactly");
    }

    /** With no map at zero, as at the start of training: modulations and final layers would hide the blocks. */
    private static DiffusionTransformer random() {
        DiffusionTransformer model = new DiffusionTransformer(SHAPE);
        try (Generator generator = Generator.seeded(3);
                GradMode _ = Torch.noGrad()) {
            model.initialize(generator);
            model.modules(Linear.class)
                    .forEach(map -> Init.xavierUniform().fill(map.weight().value(), generator));
        }
        return model;
    }

    private static Tensor answer(DiffusionTransformer model) {
        return TensorScope.keeping(() -> {
            try (Generator generator = Generator.seeded(6);
                    GradMode _ = Torch.noGrad()) {
                Tensor latents = Torch.randn(generator, DType.FLOAT32, 3, 16, 8, 8);
                Tensor times = Torch.rand(generator, DType.FLOAT32, 3, 16, 1, 1);
                return model.forward(latents, times, Torch.tensor(new long[] {0, 1, 4}), null)
                        .to(DType.FLOAT32);
            }
        });
    }

    /** Relative, of the root mean square of a pass. */
    private static double error(DiffusionTransformer model, Tensor exact) {
        return answer(model).sub(exact).norm().item() / exact.norm().item();
    }

    @Test
    void aPassStaysWithinTwoPercent() {
        try (DiffusionTransformer model = random();
                DiffusionTransformer half = random();
                TensorScope _ = TensorScope.open()) {
            Tensor exact = answer(model);
            model.quantize();
            assertThat(error(model, exact)).isBetween(1e-3, 0.02);
            half.to(Device.CPU, DType.BFLOAT16);
            half.quantize();
            assertThat(error(half, exact)).isBetween(1e-3, 0.03);
        }
    }

    @Test
    void onlyTokensAreMultipliedInEightBits() {
        try (DiffusionTransformer model = random();
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad();
                Generator generator = Generator.seeded(1)) {
            Tensor times = Torch.rand(generator, DType.FLOAT32, 1, 16, 1, 1);
            Tensor label = Torch.tensor(new long[] {2});
            float[] exact = modulation(model, times, label);
            model.quantize();
            assertThat(model.hasQuantizedMatrices()).isTrue();
            assertThat(modulation(model, times, label)).isEqualTo(exact);
        }
    }

    private static float[] modulation(DiffusionTransformer model, Tensor times, Tensor label) {
        Tensor nothing = Torch.zeros(1, 1, SHAPE.width());
        return model.condition(times, label, null)
                .block(0)
                .normalise(nothing, 0, 1)
                .toFloats();
    }
}
