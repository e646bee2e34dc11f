package dev.mmgen.torch.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.weights.StateDict;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdamWTest extends OptimizedModule {

    private static final AdamW.Settings DECAYING = AdamW.Settings.DEFAULT.withWeightDecay(0.1);

    @Test
    void stepsAsTheFormulaSays() {
        try (AdamW optimizer = new AdamW(module, DECAYING)) {
            float[] weights = module.weight().value().toFloats();
            double[] first = new double[6];
            double[] second = new double[6];
            for (int step = 1; step <= 3; step++) {
                backward(module, step);
                float[] g = gradient(module);
                for (int i = 0; i < 6; i++) {
                    first[i] = 0.9 * first[i] + 0.1 * g[i];
                    second[i] = 0.999 * second[i] + 0.001 * g[i] * g[i];
                    double mean = first[i] / (1 - Math.pow(0.9, step));
                    double square = second[i] / (1 - Math.pow(0.999, step));
                    weights[i] = (float) (weights[i] * (1 - 0.01 * 0.1) - 0.01 * mean / (Math.sqrt(square) + 1e-8));
                }
                optimizer.step(0.01);
                optimizer.clearGradients();
            }
            assertThat(module.weight().value().toFloats()).containsExactly(weights, within(1e-6f));
        }
    }

    @Test
    void aParameterWithoutGradientRests() {
        try (AdamW optimizer = new AdamW(module, DECAYING)) {
            float[] bias = module.bias().value().toFloats();
            module.weight().value().mul(module.weight().value()).sum().backward();
            optimizer.step(0.1);
            assertThat(module.bias().value().toFloats()).isEqualTo(bias);
            try (StateDict state = optimizer.state()) {
                assertThat(state.keys()).containsExactly("weight.step", "weight.exp_avg", "weight.exp_avg_sq");
            }
        }
    }

    @Test
    void eachParameterHasARateOfItsOwn() {
        try (AdamW optimizer = new AdamW(module, DECAYING);
                Linear twin = fresh();
                AdamW single = new AdamW(twin, DECAYING)) {
            float[] bias = module.bias().value().toFloats();
            for (int step = 1; step <= 2; step++) {
                backward(module, step);
                optimizer.step(key -> key.equals("weight") ? 0.01 : 0);
                optimizer.clearGradients();
                assertThat(module.bias().value().toFloats()).isEqualTo(bias);
            }
            backward(twin, 1);
            single.step(0.01);
            single.clearGradients();
            backward(module, 1);
            assertThatThrownBy(() -> optimizer.step(key -> key.equals("weight") ? 0.01 : -1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("-1");
            try (Linear other = fresh();
                    AdamW grouped = new AdamW(other, DECAYING)) {
                backward(other, 1);
                grouped.step(key -> key.equals("weight") ? 0.01 : 0.03);
                assertThat(other.weight().value().toFloats())
                        .isEqualTo(twin.weight().value().toFloats());
                assertThat(other.bias().value().toFloats())
                        .isNotEqualTo(twin.bias().value().toFloats());
            }
        }
    }

    @Test
    void goesOnFromASavedStateBitForBit() {
        assertGoesOnFromASavedState(
                trained -> new AdamW(trained, DECAYING),
                "weight.step",
                "weight.exp_avg",
                "weight.exp_avg_sq",
                "bias.step",
                "bias.exp_avg",
                "bias.exp_avg_sq");
    }

    @Test
    void refusesAStateOfAnotherModelAndKeepsItsOwn() {
        try (AdamW optimizer = new AdamW(module, DECAYING)) {
            backward(module, 1);
            optimizer.step(0.01);
            assertRefused(optimizer, "weight.exp_avg", Torch.zeros(5), "[5]");
            assertRefused(optimizer, "weight.exp_avg", null, "lacks 'weight.exp_avg'");
            assertRefused(optimizer, "weight.step", Torch.scalar(1.5), "1.5");
            assertRefused(optimizer, "stranger.exp_avg", Torch.zeros(1), "stranger.exp_avg");
            try (StateDict state = optimizer.state()) {
                assertThat(state.get("weight.step").item()).isEqualTo(1);
            }
        }
    }

    private static void assertRefused(AdamW optimizer, String key, Tensor value, String message) {
        try (StateDict state = optimizer.state()) {
            Map<String, Tensor> changed = new LinkedHashMap<>(state.asMap());
            if (value == null) {
                changed.remove(key);
            } else {
                changed.put(key, value);
            }
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> optimizer.load(StateDict.of(changed)))
                    .withMessageContaining(message);
        }
    }

    @Test
    void needsSomethingToTrainAndSoundSettings() {
        module.requiresGrad(false);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AdamW(module, DECAYING))
                .withMessageContaining("requiresGrad(true)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AdamW.Settings.DEFAULT.withBeta1(1))
                .withMessageContaining("beta1");
    }

    @Test
    void clipsToTheCommonNorm() {
        Tensor a = Torch.tensor(new float[] {3, 0, 0, 0}, 2, 2);
        Tensor b = Torch.tensor(new float[] {4});
        assertThat(new GradientClip(10).apply(List.of(a, b))).isEqualTo(5);
        assertThat(a.toFloats()).containsExactly(3, 0, 0, 0);
        assertThat(new GradientClip(1).apply(List.of(a, b))).isEqualTo(5);
        assertThat(a.toFloats()[0]).isCloseTo(0.6f, within(1e-6f));
        assertThat(b.toFloats()[0]).isCloseTo(0.8f, within(1e-6f));
        assertThat(new GradientClip(1).apply(List.of())).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GradientClip(0))
                .withMessageContaining("positive");
    }

    @Test
    void theNormOfUselessGradientsIsNotFinite() {
        Tensor broken = Torch.tensor(new float[] {1, Float.NaN});
        assertThat(new GradientClip(1).apply(List.of(broken))).isNaN();
    }

    @Test
    void theEmaFollowsTheWeights() {
        try (Ema ema = new Ema(module, 0.9)) {
            float start = module.bias().value().toFloats()[0];
            module.bias().set(Torch.ones(2));
            ema.update();
            try (StateDict state = ema.state()) {
                assertThat(state.keys()).containsExactly("weight", "bias");
                assertThat(state.get("bias").toFloats()[0]).isCloseTo(start * 0.9f + 0.1f, within(1e-6f));
            }
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ema.load(StateDict.of(Map.of("weight", Torch.zeros(2, 3)))))
                    .withMessageContaining("the saved EMA lacks 'bias'");
            ema.load(StateDict.of(Map.of("weight", Torch.zeros(2, 3), "bias", Torch.ones(2))));
            try (StateDict state = ema.state()) {
                assertThat(state.get("weight").toFloats()).containsOnly(0);
                assertThat(state.get("bias").toFloats()).containsOnly(1);
            }
        }
        assertThatIllegalArgumentException().isThrownBy(() -> new Ema(module, 1.1));
    }
}
