package dev.mmgen.torch.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.StateDict;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ModuleTest {

    private long before;

    @BeforeEach
    void count() {
        before = Torch.liveTensors();
    }

    @AfterEach
    void everyTensorIsFreed() {
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    /** A small network with every kind of module. */
    private static final class Sample extends Module {
        final Sequential head =
                child("head", new Sequential(new Linear(8, 8), Activation.SILU, new LayerNorm(8, 1e-6)));
        final SelfAttention attention = child("attn", new SelfAttention(8, 2, true));
        final ModuleList<Mlp> layers = child("layers", ModuleList.of(2, _ -> new Mlp(8, 16, Activation.GELU_TANH)));
        final Embedding table = child("table", new Embedding(5, 8));
        final Parameter scale = constant("scale", Shape.of(8), Init.ONES);

        Tensor forward(Tensor tokens) {
            return TensorScope.keeping(() -> {
                Tensor x = attention.forward(head.forward(tokens)).mul(scale.value());
                for (Mlp layer : layers.items()) {
                    x = layer.forward(x);
                }
                return x.add(table.forward(Torch.arange(3)));
            });
        }
    }

    private static Sample initialized(long seed) {
        Sample module = new Sample();
        try (Generator generator = Generator.seeded(seed)) {
            module.initialize(generator);
        }
        return module;
    }

    @Test
    void aValueWhoseFirstNumbersCannotBeDrawnIsFreed() {
        Init broken = (_, _) -> {
            throw new IllegalStateException("no numbers");
        };
        final class Broken extends Module {
            Broken() {
                parameter("weight", Shape.of(2), broken);
            }
        }
        try (Broken module = new Broken();
                Generator generator = Generator.seeded(0)) {
            assertThatThrownBy(() -> module.initialize(generator)).hasMessage("no numbers");
        }
    }

    @Test
    void parametersHaveDottedNames() {
        try (Sample module = new Sample()) {
            assertThat(module.parameters().keySet())
                    .containsExactly(
                            "scale",
                            "head.0.weight",
                            "head.0.bias",
                            "head.2.weight",
                            "head.2.bias",
                            "attn.qkv.weight",
                            "attn.qkv.bias",
                            "attn.q_norm.weight",
                            "attn.q_norm.bias",
                            "attn.k_norm.weight",
                            "attn.k_norm.bias",
                            "attn.proj.weight",
                            "attn.proj.bias",
                            "layers.0.fc1.weight",
                            "layers.0.fc1.bias",
                            "layers.0.fc2.weight",
                            "layers.0.fc2.bias",
                            "layers.1.fc1.weight",
                            "layers.1.fc1.bias",
                            "layers.1.fc2.weight",
                            "layers.1.fc2.bias",
                            "table.weight");
            assertThat(module.parameterCount()).isEqualTo(8 + 72 + 16 + 216 + 16 + 72 + 2 * (144 + 136) + 40);
            assertThat(module.toString())
                    .contains("attn: SelfAttention(2 heads of 4)")
                    .contains("    0: Linear(8 -> 8)  72");
        }
    }

    @Test
    void aModuleWithoutValuesSaysSo() {
        try (Sample module = new Sample();
                TensorScope _ = TensorScope.open()) {
            Tensor input = Torch.ones(1, 3, 8);
            assertThatThrownBy(() -> module.forward(input)).hasMessageContaining("load weights");
        }
    }

    @Test
    void stateGoesFromOneModuleToAnother() {
        try (Sample one = initialized(1);
                Sample other = initialized(2);
                TensorScope _ = TensorScope.open()) {
            Tensor input = Torch.ones(1, 3, 8);
            float[] expected = one.forward(input).toFloats();
            assertThat(other.forward(input).toFloats()).isNotEqualTo(expected);
            try (StateDict state = one.state()) {
                other.load(state);
            }
            assertThat(other.forward(input).toFloats()).isEqualTo(expected);
            other.to(Device.CPU, DType.BFLOAT16);
            assertThat(other.forward(input.to(DType.BFLOAT16)).dtype()).isEqualTo(DType.BFLOAT16);
        }
    }

    @Test
    void aStateThatDoesNotFitIsRefusedWhole() {
        try (Sample module = initialized(1);
                TensorScope _ = TensorScope.open()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            module.parameters().forEach((key, parameter) -> tensors.put(key, parameter.value()));
            tensors.remove("attn.qkv.bias");
            tensors.remove("scale");
            tensors.put("extra.weight", Torch.ones(1));
            tensors.put("table.weight", Torch.ones(4, 8));
            Tensor first = tensors.get("head.0.weight");
            StateDict state = StateDict.of(tensors);
            assertThatThrownBy(() -> module.load(state)).isInstanceOfSatisfying(StateMismatchException.class, e -> {
                assertThat(e.missing()).containsExactly("scale", "attn.qkv.bias");
                assertThat(e.unexpected()).containsExactly("extra.weight");
                assertThat(e.misshapen()).containsExactly("table.weight is [4, 8], not [5, 8]");
                assertThat(e).hasMessageContaining("2 missing: scale, attn.qkv.bias");
            });
            assertThatThrownBy(() -> module.load(state, Strictness.LOOSE)).isInstanceOf(StateMismatchException.class);
            assertThat(module.parameters().get("head.0.weight").value()).isSameAs(first);
        }
    }

    @Test
    void aLooseLoadTakesWhatIsThere() {
        try (Sample module = initialized(1);
                TensorScope _ = TensorScope.open()) {
            module.load(
                    StateDict.of(Map.of("head.0.bias", Torch.full(7, DType.FLOAT32, Device.CPU, Shape.of(8)))),
                    Strictness.LOOSE);
            assertThat(module.parameters().get("head.0.bias").value().toFloats())
                    .containsOnly(7);
        }
    }

    @Test
    void gradientsReachEveryTrainableParameter() {
        try (Sample module = initialized(1);
                TensorScope _ = TensorScope.open()) {
            module.requiresGrad(true);
            module.forward(Torch.ones(1, 3, 8).mul(Torch.tensor(new float[] {1, 2, 3}, 1, 3, 1)))
                    .pow(2)
                    .sum()
                    .backward();
            module.parameters().forEach((name, parameter) -> {
                if (parameter.isFrozen()) {
                    assertThat(parameter.value().requiresGrad()).as(name).isFalse();
                } else {
                    assertThat(parameter.value().grad()).as(name).isNotNull();
                }
            });
        }
    }

    @Test
    void aLinearMapCanHaveNoBias() {
        try (Linear map = Linear.withoutBias(2, 1);
                TensorScope _ = TensorScope.open()) {
            assertThat(map.parameters().keySet()).containsExactly("weight");
            assertThat(map.hasBias()).isFalse();
            assertThatThrownBy(map::bias)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no bias");
            map.load(StateDict.of(Map.of("weight", Torch.tensor(new float[] {2, 3}, 1, 2))));
            assertThat(map.forward(Torch.ones(1, 2)).toFloats()).containsExactly(5);
            assertThat(map.forwardGelu(Torch.ones(1, 2)).toFloats()[0]).isBetween(4.99f, 5f);
        }
    }

    @Test
    void aConvolutionTakesStridePaddingAndBiasByName() {
        try (Conv2d conv = new Conv2d(1, 1, 3, Conv2d.stride(2).withPadding(1).withoutBias());
                Conv2d plain = new Conv2d(1, 1, 3);
                TensorScope _ = TensorScope.open()) {
            conv.load(StateDict.of(Map.of("weight", Torch.ones(1, 1, 3, 3))));
            assertThat(conv.forward(Torch.ones(1, 1, 4, 4)).toFloats()).containsExactly(4, 6, 6, 9);
            plain.load(StateDict.of(Map.of("weight", Torch.ones(1, 1, 3, 3), "bias", Torch.ones(1))));
            assertThat(plain.forward(Torch.ones(1, 1, 3, 3)).toFloats()).containsExactly(10);
        }
        assertThatThrownBy(() -> Conv2d.stride(0)).hasMessageContaining("the stride must be at least 1");
    }

    @Test
    void parametersAreRowMajorWhateverTheirSource() {
        try (Linear map = new Linear(3, 2);
                TensorScope _ = TensorScope.open()) {
            Tensor columns = Torch.tensor(new float[] {1, 4, 2, 5, 3, 6}, 3, 2).transpose(0, 1);
            Tensor repeated = Torch.tensor(new float[] {7}).expand(2);
            map.load(StateDict.of(Map.of("weight", columns, "bias", repeated)));
            assertThat(map.weight().value().isContiguous()).isTrue();
            assertThat(map.bias().value().isContiguous()).isTrue();
            assertThat(map.forward(Torch.ones(1, 3)).toFloats()).containsExactly(13, 22);
        }
    }

    @Test
    void aValueOfAnotherShapeIsRefused() {
        try (Sample module = new Sample();
                TensorScope _ = TensorScope.open()) {
            Tensor wrong = Torch.ones(3);
            assertThatThrownBy(() -> module.scale.set(wrong))
                    .hasMessageContaining("[3]")
                    .hasMessageContaining("[8]");
        }
    }

    @Test
    void settingsThatCannotBeAreRefused() {
        assertThatThrownBy(() -> new SelfAttention(10, 3, false)).hasMessageContaining("3 heads");
        assertThatThrownBy(() -> new GroupNorm(3, 8, 1e-6)).hasMessageContaining("3 groups");
    }
}
