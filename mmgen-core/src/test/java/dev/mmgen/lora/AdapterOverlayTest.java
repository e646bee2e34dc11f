package dev.mmgen.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.QuantizedMatrix;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class AdapterOverlayTest {

    private static final TransformerConfig SHAPE = TransformerConfig.small(4, 2, 5).toBuilder()
            .width(32)
            .depth(2)
            .heads(2)
            .build();
    private static final LoraConfig ATTENTION = LoraConfig.DEFAULT
            .withRank(3)
            .withAlpha(6)
            .withTargets(LoraTarget.ATTENTION_QKV, LoraTarget.MLP_FC1)
            .withTrainedModules(List.of("lis_final_layer.1"));

    @TempDir
    Path folder;

    private DiffusionTransformer base;
    private float[] before;

    @BeforeEach
    void make() {
        base = trained();
        before = answer(base);
    }

    @AfterEach
    void close() {
        base.close();
    }

    private static DiffusionTransformer trained() {
        DiffusionTransformer model = new DiffusionTransformer(SHAPE);
        try (Generator generator = Generator.seeded(3)) {
            model.initialize(generator);
            model.parameters().values().forEach(parameter -> Torch.normal_(parameter.value(), 0, 0.2, generator));
        }
        return model;
    }

    private static float[] answer(DiffusionTransformer model) {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad();
                Generator generator = Generator.seeded(6)) {
            Tensor latents = Torch.randn(generator, DType.FLOAT32, 3, 8, 4, 4);
            Tensor times = Torch.rand(generator, DType.FLOAT32, 3, 8, 1, 1);
            return model.forward(latents, times, Torch.tensor(new long[] {0, 1, 4}), null)
                    .toFloats();
        }
    }

    /** Writes an adapter as after some training, and returns what the model that it was trained in answers. */
    private float[] train(String name, LoraConfig config, long seed) {
        try (DiffusionTransformer model = trained();
                Generator generator = Generator.seeded(seed);
                GradMode _ = Torch.noGrad()) {
            Lora lora = Lora.attach(model, config, generator);
            model.parameters().forEach((key, parameter) -> {
                if (key.endsWith("lora_B.weight") || config.trainsFully(key)) {
                    Torch.normal_(parameter.value(), 0, 0.1, generator);
                }
            });
            lora.save(folder.resolve(name));
            return answer(model);
        }
    }

    private float[] overlaid(Adapter... adapters) {
        try (DiffusionTransformer adapted = AdapterOverlay.of(base, List.of(adapters))) {
            float[] answer = answer(adapted);
            assertThat(answer(base)).as("the base stays as it is, to the bit").isEqualTo(before);
            return answer;
        }
    }

    private Adapter adapter(String name) {
        return Adapter.of(folder.resolve(name));
    }

    private static void assertClose(float[] actual, float[] expected) {
        for (int i = 0; i < actual.length; i++) {
            assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-4));
        }
    }

    @Test
    void anAdapterAnswersAsTheModelItWasTrainedIn() {
        float[] trained = train("a", ATTENTION, 4);
        assertThat(trained).isNotEqualTo(before);
        assertClose(overlaid(adapter("a")), trained);
        assertClose(overlaid(adapter("a").apart()), trained);
    }

    @Test
    void anAdapterOfAnotherModelIsRefusedUnlessAskedFor() {
        train("a", ATTENTION, 4);
        base.to(Device.CPU, DType.BFLOAT16);
        before = answer(base);
        overlaid(adapter("a"));
        base.parameters().get("blocks.1.mlp.fc1.bias").value().fill_(0.5);
        before = answer(base);
        assertThatThrownBy(() -> overlaid(adapter("a")))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("is an adapter of another model: its base has the mark")
                .hasMessageContaining("Adapter.overAnyModel (--any-base)");
        assertThat(overlaid(adapter("a").overAnyModel())).isNotEqualTo(before);
    }

    @Test
    void aBaseInEightBitsStaysSoAndSoDoesTheOverlay() {
        assumeTrue(QuantizedMatrix.isAvailable(), "this processor does not multiply bytes exactly");
        float[] trained = train("a", ATTENTION, 4);
        base.quantize();
        before = answer(base);
        float[] quantized = overlaid(adapter("a"));
        assertThat(base.hasQuantizedMatrices()).isTrue();
        assertThat(quantized).isNotEqualTo(trained);
        double error = 0;
        double power = 0;
        for (int i = 0; i < trained.length; i++) {
            error += Math.pow(quantized[i] - trained[i], 2);
            power += Math.pow(trained[i], 2);
        }
        assertThat(Math.sqrt(error / power)).isLessThan(0.05);
    }

    /** A plain base would be multiplied by other kernels afterwards, which round otherwise. */
    @Test
    void aPackedBaseStaysPackedAndSharesItsMatrices() {
        train("a", ATTENTION, 4);
        base.packMatrices();
        before = answer(base);
        Parameter untouched = base.parameters().get("blocks.1.mlp.fc2.weight");
        Tensor plain = untouched.read();
        overlaid(adapter("a"));
        overlaid(adapter("a").apart());
        try (StateDict state = base.state()) {
            assertThat(state.get("blocks.1.mlp.fc2.weight").toFloats()).isEqualTo(plain.toFloats());
        }
        assertThat(answer(base)).isEqualTo(before);
        plain.close();
    }

    @Test
    void strengthScalesIt() {
        train("a", ATTENTION, 4);
        assertThat(overlaid(adapter("a").withStrength(0))).isEqualTo(before);
        float[] half = overlaid(adapter("a").withStrength(0.5));
        assertThat(half).isNotEqualTo(before).isNotEqualTo(overlaid(adapter("a")));
        assertClose(overlaid(adapter("a").withStrength(0.5).apart()), half);
    }

    @Test
    void severalAddUpMergedOrApart() {
        train("a", ATTENTION, 4);
        train("b", LoraConfig.DEFAULT.withRank(2).withAlpha(2), 5);
        float[] merged = overlaid(adapter("a"), adapter("b").withStrength(-0.7));
        assertClose(
                overlaid(adapter("a").apart(), adapter("b").withStrength(-0.7).apart()), merged);
        assertClose(overlaid(adapter("b").withStrength(-0.7).apart(), adapter("a")), merged);
        try (DiffusionTransformer first =
                        AdapterOverlay.of(base, List.of(adapter("a").apart()));
                DiffusionTransformer second = AdapterOverlay.of(
                        first, List.of(adapter("b").withStrength(-0.7).apart()))) {
            assertClose(answer(second), merged);
        }
        assertThat(answer(base)).isEqualTo(before);
    }

    @Test
    void anAdapterOfAnotherModelIsRefused() {
        try (DiffusionTransformer other =
                        new DiffusionTransformer(SHAPE.toBuilder().width(64).build());
                Generator generator = Generator.seeded(1)) {
            other.initialize(generator);
            Lora.attach(other, ATTENTION, generator).save(folder.resolve("other"));
        }
        assertThatThrownBy(() -> overlaid(adapter("other")))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("blocks.0.attn.qkv.lora_A.weight")
                .hasMessageContaining("but the model needs");
        assertThatThrownBy(() -> Adapter.of(folder).withStrength(Double.NaN)).hasMessageContaining("must be finite");
    }

    @Test
    void imagesNameTheFolderOfAnAdapterOrOfTheTrainingThatWroteIt() {
        Adapter written = Adapter.of(Path.of("runs", "canny", "adapter"));
        Adapter moved = Adapter.of(Path.of("style")).withStrength(0.5);
        assertThat(Adapter.names("mmgen-xl", List.of(written, moved))).isEqualTo("mmgen-xl + canny + style=0.5");
        assertThat(Adapter.names("mmgen-xl", List.of())).isEqualTo("mmgen-xl");
    }
}
