package dev.mmgen.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.json.Json;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.nn.LoraAdapter;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFileException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(TensorLeakCheck.class)
class LoraTest {

    private static final TransformerConfig MODEL = TransformerConfig.small(4, 2, 5).toBuilder()
            .width(32)
            .depth(2)
            .heads(2)
            .projectorWidth(32)
            .projectionDepth(1)
            .build();
    private static final LoraConfig CONFIG = LoraConfig.DEFAULT.withRank(3).withAlpha(6);

    @TempDir
    Path folder;

    /** All values are drawn, as a trained model has no zeros. */
    private static DiffusionTransformer trained() {
        DiffusionTransformer model = new DiffusionTransformer(MODEL);
        try (Generator generator = Generator.seeded(3)) {
            model.initialize(generator);
            model.parameters().values().forEach(parameter -> Torch.normal_(parameter.value(), 0, 0.2, generator));
        }
        return model;
    }

    private static Lora attach(DiffusionTransformer model, LoraConfig config) {
        try (Generator generator = Generator.seeded(4)) {
            return Lora.attach(model, config, generator);
        }
    }

    /** As after some training: B is not zero any more. */
    private static void disturb(DiffusionTransformer model) {
        try (Generator generator = Generator.seeded(5);
                GradMode _ = Torch.noGrad()) {
            model.parameters().forEach((key, parameter) -> {
                if (key.endsWith("lora_B.weight")) {
                    Torch.normal_(parameter.value(), 0, 0.1, generator);
                }
            });
        }
    }

    private static float[] answer(DiffusionTransformer model) {
        try (TensorScope _ = TensorScope.open();
                Generator generator = Generator.seeded(6)) {
            Tensor latents = Torch.randn(generator, DType.FLOAT32, 3, 8, 4, 4);
            Tensor times = Torch.rand(generator, DType.FLOAT32, 3, 8, 1, 1);
            return model.forward(latents, times, Torch.tensor(new long[] {0, 1, 4}), null)
                    .detach()
                    .toFloats();
        }
    }

    private static double difference(float[] left, float[] right) {
        double most = 0;
        for (int i = 0; i < left.length; i++) {
            most = Math.max(most, Math.abs(left[i] - right[i]));
        }
        return most;
    }

    private static double size(float[] values) {
        return difference(values, new float[values.length]);
    }

    @Test
    void freshAdapterChangesNothing() {
        try (DiffusionTransformer model = trained()) {
            float[] before = answer(model);
            attach(model, CONFIG);
            assertThat(answer(model)).isEqualTo(before);
            disturb(model);
            assertThat(difference(answer(model), before)).isGreaterThan(1e-2 * size(before));
        }
    }

    @Test
    void firstValuesAreThoseOfPeft() {
        try (DiffusionTransformer model = trained()) {
            attach(model, CONFIG);
            Map<String, Parameter> parameters = model.parameters();
            Parameter a = parameters.get("blocks.1.mlp.fc2.lora_A.weight");
            Parameter b = parameters.get("blocks.1.mlp.fc2.lora_B.weight");
            assertThat(a.shape()).isEqualTo(Shape.of(3, 128));
            assertThat(b.shape()).isEqualTo(Shape.of(32, 3));
            assertThat(b.value().toFloats()).containsOnly(0);
            double bound = 1 / Math.sqrt(128);
            assertThat(size(a.value().toFloats())).isBetween(0.95 * bound, bound);
            parameters.forEach((key, parameter) ->
                    assertThat(parameter.value().requiresGrad()).as(key).isEqualTo(Lora.isAdapterWeight(key)));
            assertThat(parameters.keySet().stream().filter(Lora::isAdapterWeight))
                    .hasSize(2 * 4 * 2);
        }
    }

    @Test
    void onlyAdapterAndNamedModulesAreTrained() {
        LoraConfig config = LoraConfig.DEFAULT
                .withRank(2)
                .withTargets(LoraTarget.ATTENTION_QKV)
                .withTrainedModules(List.of("lis_final_layer.1", "x_embedder.proj"));
        try (DiffusionTransformer model = trained()) {
            attach(model, config);
            List<String> training = model.parameters().entrySet().stream()
                    .filter(entry -> entry.getValue().value().requiresGrad())
                    .map(Map.Entry::getKey)
                    .toList();
            assertThat(training)
                    .containsExactlyInAnyOrder(
                            "x_embedder.proj.weight", "x_embedder.proj.bias",
                            "blocks.0.attn.qkv.lora_A.weight", "blocks.0.attn.qkv.lora_B.weight",
                            "blocks.1.attn.qkv.lora_A.weight", "blocks.1.attn.qkv.lora_B.weight",
                            "lis_final_layer.1.linear.weight", "lis_final_layer.1.linear.bias",
                            "lis_final_layer.1.adaLN_modulation.1.weight", "lis_final_layer.1.adaLN_modulation.1.bias");
        }
    }

    @Test
    void modulationsOfBlocksAndFinalLayersAreAdaptedWhereAskedFor() {
        LoraConfig config = CONFIG.withTargets(LoraTarget.MODULATION);
        float[] answer;
        try (DiffusionTransformer model = trained()) {
            float[] before = answer(model);
            Lora lora = attach(model, config);
            assertThat(model.parameters().keySet().stream().filter(Lora::isAdapterWeight))
                    .hasSize((2 + 2) * 2)
                    .contains(
                            "blocks.1.adaLN_modulation.1.lora_A.weight",
                            "lis_final_layer.0.adaLN_modulation.1.lora_B.weight");
            disturb(model);
            answer = answer(model);
            assertThat(difference(answer, before)).isGreaterThan(1e-2 * size(before));
            lora.save(folder);
            lora.merge();
            assertThat(difference(answer(model), answer)).isLessThan(2e-6 * size(answer));
        }
        try (DiffusionTransformer other = trained();
                DiffusionTransformer laidOver = AdapterOverlay.of(other, List.of(Adapter.of(folder)))) {
            assertThat(difference(answer(laidOver), answer)).isLessThan(2e-6 * size(answer));
            assertThat(Lora.load(other, folder).config()).isEqualTo(config);
            assertThat(answer(other)).isEqualTo(answer);
        }
    }

    @Test
    void mapOfAModuleThatIsTrainedInFullGetsNoProduct() {
        LoraConfig config = CONFIG.withTargets(LoraTarget.MODULATION).withTrainedModules(List.of("lis_final_layer.1"));
        float[] answer;
        try (DiffusionTransformer model = trained()) {
            Lora lora = attach(model, config);
            assertThat(model.parameters().keySet())
                    .contains("lis_final_layer.0.adaLN_modulation.1.lora_A.weight")
                    .doesNotContain("lis_final_layer.1.adaLN_modulation.1.lora_A.weight");
            disturb(model);
            try (GradMode _ = Torch.noGrad()) {
                model.parameters()
                        .get("lis_final_layer.1.adaLN_modulation.1.bias")
                        .value()
                        .fill_(0.5);
            }
            answer = answer(model);
            lora.save(folder);
        }
        try (DiffusionTransformer other = trained();
                DiffusionTransformer laidOver = AdapterOverlay.of(other, List.of(Adapter.of(folder)))) {
            assertThat(difference(answer(laidOver), answer)).isLessThan(2e-6 * size(answer));
        }
    }

    @Test
    void mergedFoldedAndAdaptedModelsAgree() {
        try (DiffusionTransformer model = trained();
                DiffusionTransformer plain = new DiffusionTransformer(MODEL)) {
            float[] original = answer(model);
            Lora lora = attach(model, CONFIG);
            disturb(model);
            float[] adapted = answer(model);
            try (StateDict state = model.state();
                    StateDict folded = lora.fold(state)) {
                plain.load(folded);
            }
            lora.merge();
            float[] merged = answer(model);
            assertThat(answer(plain)).isEqualTo(merged);
            assertThat(difference(merged, adapted)).isLessThan(2e-6 * size(adapted));
            lora.unmerge();
            assertThat(difference(answer(model), adapted)).isLessThan(2e-6 * size(adapted));
            lora.merge();
            lora.detach();
            assertThat(model.parameters().keySet()).isEqualTo(plain.parameters().keySet());
            assertThat(difference(answer(model), merged)).isLessThan(2e-6 * size(merged));
            assertThat(difference(merged, original)).isGreaterThan(1e-2 * size(original));
        }
    }

    @Test
    void adapterIsSavedInTheFormOfPeft() throws Exception {
        LoraConfig config = CONFIG.withTrainedModules(List.of("lis_final_layer.1"));
        float[] answer;
        try (DiffusionTransformer model = trained()) {
            Lora lora = attach(model, config);
            disturb(model);
            try (GradMode _ = Torch.noGrad()) {
                model.parameters().get("lis_final_layer.1.linear.bias").value().fill_(0.5);
            }
            answer = answer(model);
            lora.save(folder);
        }
        try (Safetensors file = Safetensors.open(folder.resolve("adapter_model.safetensors"))) {
            assertThat(file.infos().keySet())
                    .contains(
                            "base_model.model.blocks.0.attn.qkv.lora_A.weight",
                            "base_model.model.blocks.1.mlp.fc1.lora_B.weight",
                            "base_model.model.lis_final_layer.1.linear.bias")
                    .hasSize(2 * 4 * 2 + 4);
        }
        JsonNode json = Json.COMPACT.tree(Files.readString(folder.resolve("adapter_config.json")));
        assertThat(json.get("peft_type").asText()).isEqualTo("LORA");
        assertThat(json.get("r").asInt()).isEqualTo(3);
        assertThat(json.get("lora_alpha").toString()).isEqualTo("6");
        assertThat(json.get("target_modules").toString())
                .isEqualTo("[\"attn.qkv\",\"attn.proj\",\"mlp.fc1\",\"mlp.fc2\"]");
        assertThat(json.get("modules_to_save").toString()).isEqualTo("[\"lis_final_layer.1\"]");
        try (DiffusionTransformer other = trained()) {
            Lora loaded = Lora.load(other, folder);
            assertThat(loaded.config()).isEqualTo(config);
            assertThat(answer(other)).isEqualTo(answer);
            attach(other, config);
            assertThat(answer(other)).isEqualTo(answer);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "LORA"     | "LOHA"                      | 'peft_type' is "LOHA"
            "r" : 3    | "r" : "three"               | 'r' is "three"
            "r" : 3    | "r" : 4                     | but the model needs [4, 32]
            "r" : 3    | "r" : 0                     | 'rank' is 0
            "r" : 3    | "r" : 33                    | must be at most 32
            "attn.qkv" | "attn.query"                | names 'attn.query'; known are attn.qkv
            "use_dora" : false | "use_dora" : true   | 'use_dora' is true, which is not supported
            "none"     | "all"                       | 'bias' is "all"
            "rank_pattern" : { } | "rank_pattern" : {"mlp.fc1": 1} | but the model needs [1, 32]
            "rank_pattern" : { } | "rank_pattern" : {"mlp.fc1": 1.5} | 'rank_pattern' has 1.5 for 'mlp.fc1'
            "rank_pattern" : { } | "rank_pattern" : [3] | 'rank_pattern' is [3]
            "alpha_pattern" : { } | "alpha_pattern" : {"(": 1} | '(', which is not a regular expression
            "alpha_pattern" : { } | "alpha_pattern" : {"fc1": 0} | 'alpha' is 0.0
            "use_rslora" : false | "use_rslora" : "yes" | 'use_rslora' is "yes"
            "init_lora_weights" : true | "init_lora_weights" : "pissa" | 'init_lora_weights' is "pissa"
            "init_lora_weights" : true | "init_lora_weights" : "olora" | 'init_lora_weights' is "olora"
            "init_lora_weights" : true | "init_lora_weights" : "loftq" | path_initial_model_for_weight_conversion
            "init_lora_weights" : true | "init_lora_weights" : "corda" | 'init_lora_weights' is "corda"
            "attn.proj", |                           | belongs to no map that adapter_config.json names
            "modules_to_save" : null | "modules_to_save" : ["x_embeder"] | the most similar is 'x_embedder'
            "modules_to_save" : null | "modules_to_save" : ["x_embedder"] | is missing
            {          | [                           | adapter_config.json
            """)
    void faultOfAFolderIsNamed(String part, String replacement, String message) throws Exception {
        try (DiffusionTransformer model = trained()) {
            attach(model, CONFIG).save(folder);
        }
        Path settings = folder.resolve("adapter_config.json");
        String json = Files.readString(settings);
        assertThat(json).contains(part);
        Files.writeString(settings, json.replace(part, replacement == null ? "" : replacement));
        try (DiffusionTransformer model = trained()) {
            var keys = model.parameters().keySet();
            assertThatExceptionOfType(RuntimeException.class)
                    .isThrownBy(() -> Lora.load(model, folder))
                    .withMessageContaining(message)
                    .matches(e -> e instanceof WeightFileException || e instanceof IllegalArgumentException);
            assertThat(model.parameters().keySet()).isEqualTo(keys);
        }
    }

    /** The initialisations of PEFT that leave the base as it is. */
    @ParameterizedTest
    @ValueSource(strings = {"false", "\"gaussian\"", "\"eva\"", "\"orthogonal\""})
    void initialisationThatKeepsTheBaseIsRead(String initialisation) throws Exception {
        float[] answer;
        try (DiffusionTransformer model = trained()) {
            Lora lora = attach(model, CONFIG);
            disturb(model);
            answer = answer(model);
            lora.save(folder);
        }
        Path settings = folder.resolve("adapter_config.json");
        String json = Files.readString(settings);
        Files.writeString(
                settings, json.replace("\"init_lora_weights\" : true", "\"init_lora_weights\" : " + initialisation));
        try (DiffusionTransformer model = trained()) {
            Lora.load(model, folder);
            assertThat(answer(model)).isEqualTo(answer);
        }
    }

    /** As users reported: it was loaded, and gave wrong pictures. */
    @Test
    void adapterOfPissaIsRefusedByName() throws Exception {
        try (InputStream settings =
                Objects.requireNonNull(LoraTest.class.getResourceAsStream("/cases/pissa/adapter_config.json"))) {
            Files.copy(settings, folder.resolve("adapter_config.json"));
        }
        try (DiffusionTransformer model = trained()) {
            assertThatExceptionOfType(WeightFileException.class)
                    .isThrownBy(() -> Lora.load(model, folder))
                    .withMessageContaining("adapter_config.json")
                    .withMessageContaining("\"pissa_niter_16\"")
                    .withMessageContaining("path_initial_model_for_weight_conversion");
        }
    }

    @Test
    void ranksAndAlphasOfSingleMapsAreHonoured() throws Exception {
        LoraConfig config = CONFIG.withMapSettings(List.of(
                LoraConfig.MapSettings.ofRank("blocks.0.attn.qkv", 5),
                LoraConfig.MapSettings.ofRank("mlp.fc[12]", 2),
                LoraConfig.MapSettings.ofAlpha("attn.proj", 12)));
        float[] answer;
        try (DiffusionTransformer model = trained()) {
            Lora lora = attach(model, config);
            Map<String, Linear> maps = model.namedModules(Linear.class);
            assertProduct(maps.get("blocks.0.attn.qkv"), 5, 6.0 / 5);
            assertProduct(maps.get("blocks.1.attn.qkv"), 3, 2);
            assertProduct(maps.get("blocks.1.mlp.fc2"), 2, 3);
            assertProduct(maps.get("blocks.0.attn.proj"), 3, 4);
            disturb(model);
            answer = answer(model);
            lora.save(folder);
        }
        JsonNode json = Json.COMPACT.tree(Files.readString(folder.resolve("adapter_config.json")));
        assertThat(json.get("rank_pattern").toString()).isEqualTo("{\"blocks.0.attn.qkv\":5,\"mlp.fc[12]\":2}");
        assertThat(json.get("alpha_pattern").toString()).isEqualTo("{\"attn.proj\":12}");
        try (DiffusionTransformer model = trained()) {
            assertThat(Lora.load(model, folder).config()).isEqualTo(config);
            assertThat(answer(model)).isEqualTo(answer);
        }
    }

    @Test
    void rankStabilizedAdapterIsScaledByTheRootOfItsRank() throws Exception {
        LoraConfig config = CONFIG.withRank(4).withAlpha(6).withRankStabilized(true);
        float[] answer;
        try (DiffusionTransformer model = trained()) {
            Lora lora = attach(model, config);
            assertProduct(model.namedModules(Linear.class).get("blocks.0.attn.qkv"), 4, 3);
            disturb(model);
            answer = answer(model);
            lora.save(folder);
        }
        assertThat(Files.readString(folder.resolve("adapter_config.json"))).contains("\"use_rslora\" : true");
        try (DiffusionTransformer model = trained()) {
            assertThat(Lora.load(model, folder).config()).isEqualTo(config);
            assertThat(answer(model)).isEqualTo(answer);
        }
    }

    private static void assertProduct(Linear map, int rank, double scale) {
        LoraAdapter product = Objects.requireNonNull(map.adapter());
        assertThat(product.rank()).isEqualTo(rank);
        assertThat(product.scale()).isEqualTo(scale);
    }

    @Test
    void theSettingsOfAnotherModelAreNamed() throws Exception {
        try (DiffusionTransformer model = trained()) {
            Lora lora = attach(model, CONFIG);
            lora.save(folder);
            lora.detach();
            Path settings = folder.resolve("adapter_config.json");
            String text = Files.readString(settings);
            Files.writeString(settings, text.replace("\"r\" : 3", "\"r\" : 1000"));
            assertThatExceptionOfType(WeightFileException.class)
                    .isThrownBy(() -> Lora.load(model, folder))
                    .withMessageContaining("adapter_config.json")
                    .withMessageContaining("setting 'rank' is 1000");
            Files.write(settings, new byte[] {'{', (byte) 0xff});
            assertThatExceptionOfType(WeightFileException.class)
                    .isThrownBy(() -> Lora.load(model, folder))
                    .withMessageContaining("adapter_config.json: is not UTF-8 text");
        }
    }

    @Test
    void anotherAdapterOrTooHighARankIsRefused() {
        try (DiffusionTransformer model = trained()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> attach(model, CONFIG.withRank(33).withAlpha(33)))
                    .withMessageContaining("'blocks.0.attn.qkv'")
                    .withMessageContaining("at most 32");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> attach(model, CONFIG.withTrainedModules(List.of("final_layer"))))
                    .withMessageContaining("'final_layer'")
                    .withMessageContaining("lis_final_layer");
            attach(model, CONFIG);
            assertThatIllegalStateException()
                    .isThrownBy(() -> attach(model, CONFIG.withRank(2).withAlpha(2)))
                    .withMessageContaining("has a LoRA adapter of rank 3");
        }
    }
}
