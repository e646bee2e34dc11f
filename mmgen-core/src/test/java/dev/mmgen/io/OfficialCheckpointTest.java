package dev.mmgen.io;

import static dev.mmgen.RecordedTransformer.leavingNothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mmgen.Goldens;
import dev.mmgen.MmGen;
import dev.mmgen.MmGenOptions;
import dev.mmgen.RecordedTransformer;
import dev.mmgen.SmallModelFolder;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.PythonValue;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class OfficialCheckpointTest {

    @TempDir
    private Path folder;

    /** The recorded files, where they are at hand: half a megabyte each, so the test resources have none. */
    @TestFactory
    Stream<DynamicTest> recordedCheckpointsAreRead() {
        if (!Goldens.has("checkpoint")) {
            return Stream.of();
        }
        Goldens goldens = Goldens.folder("checkpoint");
        JsonNode files = goldens.manifest().get("files");
        String described = files.properties().stream()
                .filter(file -> file.getValue().has("model_config"))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
        String asNamespace = described.replace(".pt", "_namespace.pt");
        return Stream.of(described, asNamespace)
                .filter(files::has)
                .map(name -> dynamicTest(
                        name,
                        () -> leavingNothing(() -> checkRecorded(goldens, goldens.path(name), files.get(described)))));
    }

    private void checkRecorded(Goldens goldens, Path file, JsonNode description) {
        try (OfficialCheckpoint checkpoint = OfficialCheckpoint.open(file)) {
            Map<String, Object> arguments = arguments(description.get("args"));
            TransformerConfig config = checkpoint.config().transformer();
            assertThat(config.width())
                    .isEqualTo(OfficialArguments.of(arguments).transformer().width());
            assertThat(checkpoint.config().path()).isEqualTo(arguments.get("path_type"));
            assertThatExceptionOfType(ModelFolderException.class)
                    .isThrownBy(checkpoint::transformer)
                    .withMessageContainingAll(file.toString(), "x_embedder.proj.bias", "'args' describe another model");
        }
        try (OfficialCheckpoint checkpoint = OfficialCheckpoint.open(file, arguments(description.get("model_config")));
                DiffusionTransformer transformer = checkpoint.transformer();
                StateDict expected = RecordedTransformer.tensors(goldens, "model_only.safetensors");
                DiffusionTransformer recorded =
                        new DiffusionTransformer(checkpoint.config().transformer());
                TensorScope _ = TensorScope.open()) {
            assertThat(checkpoint.config().transformer())
                    .isEqualTo(RecordedTransformer.config(description.get("model_config")));
            recorded.load(expected);
            assertThat(forward(transformer)).isEqualTo(forward(recorded));
            checkpoint.convert(folder, null, true);
            try (Safetensors written = Safetensors.open(folder.resolve("model.safetensors"));
                    StateDict state = written.load()) {
                assertThat(state.keys()).containsExactlyInAnyOrderElementsOf(expected.keys());
                expected.asMap()
                        .forEach((key, tensor) ->
                                assertThat(state.get(key).toFloats()).as(key).isEqualTo(tensor.toFloats()));
            }
        }
    }

    private static Map<String, Object> arguments(JsonNode json) {
        return new JsonMapper().convertValue(json, new TypeReference<Map<String, Object>>() {});
    }

    private static float[] forward(DiffusionTransformer model) {
        TransformerConfig config = model.config();
        try (Generator generator = Generator.seeded(3);
                TensorScope _ = TensorScope.open()) {
            int size = config.inputSize();
            Tensor latents = Torch.randn(generator, DType.FLOAT32, 2, config.inputChannels(), size, size);
            Tensor times = Torch.randn(generator, DType.FLOAT32, 2, config.inputChannels(), 1, 1)
                    .abs();
            return model.forward(latents, times, Torch.tensor(new long[] {1, 7}), null)
                    .to(DType.FLOAT32)
                    .toFloats();
        }
    }

    private static Map<String, Object> smallArguments() {
        TransformerConfig config = SmallModelFolder.transformerConfig();
        Map<String, Object> arguments = new LinkedHashMap<>();
        arguments.put("model", "SiT-S/2");
        arguments.put("hidden_size", config.width());
        arguments.put("depth", config.depth());
        arguments.put("num_heads", config.heads());
        arguments.put("resolution", 64);
        arguments.put("num_classes", config.classes());
        arguments.put("num_tasks", config.modalities());
        arguments.put("encoder_depth", 1);
        arguments.put("is_mmcat_diff", true);
        arguments.put("use_decouple_task", true);
        arguments.put("use_taskcond_emb", true);
        arguments.put("ckpt", null);
        return arguments;
    }

    private Path checkpoint(Object arguments) {
        TransformerConfig trained = SmallModelFolder.transformerConfig().withProjectors(List.of(24, 8), 48, 1);
        Path file = folder.resolve("0000007.pt");
        try (DiffusionTransformer transformer = SmallModelFolder.transformer(trained);
                StateDict state = transformer.state()) {
            PickleCheckpoint.write(file, Map.of("ema", state.asMap(), "args", arguments, "steps", 7));
        }
        return file;
    }

    @Test
    void settingsComeFromArgumentsAndWeights() {
        for (Object form : List.of(smallArguments(), new PythonValue.Namespace(smallArguments()))) {
            try (OfficialCheckpoint checkpoint = OfficialCheckpoint.open(checkpoint(form))) {
                TransformerConfig config = checkpoint.config().transformer();
                assertThat(config.projections()).containsExactly(24, 8);
                assertThat(config.projectorWidth()).isEqualTo(48);
                assertThat(config.nullClass()).isTrue();
                try (DiffusionTransformer transformer = checkpoint.transformer();
                        DiffusionTransformer expected =
                                SmallModelFolder.transformer(SmallModelFolder.transformerConfig())) {
                    assertThat(transformer.parameters())
                            .containsOnlyKeys(expected.parameters().keySet());
                    assertThat(forward(transformer)).isEqualTo(forward(expected));
                }
            }
        }
    }

    @Test
    void aConvertedFolderIsTheSameModel() {
        Path file = checkpoint(smallArguments());
        Path model = folder.resolve("new/model");
        SmallModelFolder.write(folder.resolve("small"));
        Path autoencoder = folder.resolve("small/vae");
        try (OfficialCheckpoint checkpoint = OfficialCheckpoint.open(file);
                MmGen direct = MmGen.open(file, autoencoder, MmGenOptions.DEFAULT)) {
            checkpoint.convert(model, null, false);
            try (DiffusionTransformer converted = ModelFolder.open(model).transformer()) {
                assertThat(forward(converted)).isEqualTo(forward(direct.transformer()));
            }
            checkpoint.convert(model, DType.BFLOAT16, true);
            ModelFolder half = ModelFolder.open(model);
            assertThat(half.config()).isEqualTo(checkpoint.config());
            try (DiffusionTransformer converted = half.transformer()) {
                assertThat(converted.dtype()).isEqualTo(DType.BFLOAT16);
                assertThat(converted.parameters().values())
                        .allMatch(p -> p.value().dtype() == DType.BFLOAT16);
            }
        }
    }

    @Test
    void aConvertedFolderCanHaveStatisticsOfItsLatents() {
        Path model = folder.resolve("model");
        LatentNormalization statistics = new LatentNormalization.Statistics(
                Collections.nCopies(4, List.of(0.5, -1.0, 0.0, 2.0)),
                Collections.nCopies(4, List.of(1.0, 2.0, 3.0, 4.0)));
        LatentNormalization ofOne =
                new LatentNormalization.Statistics(List.of(List.of(0.0, 0.0)), List.of(List.of(1.0, 1.0)));
        try (OfficialCheckpoint checkpoint = OfficialCheckpoint.open(checkpoint(smallArguments()))) {
            assertThatExceptionOfType(ModelFolderException.class)
                    .isThrownBy(() -> checkpoint.convert(model, null, false, config -> config.with(ofOne)))
                    .withMessageContaining("statistics of 1 modalities with 2 latent channels each");
            assertThat(model).doesNotExist();
            checkpoint.convert(model, null, false, config -> config.with(statistics));
            assertThat(ModelFolder.open(model).config().latents()).isEqualTo(statistics);
            assertThat(ModelFolder.open(model).config().with(LatentNormalization.STABLE_DIFFUSION))
                    .isEqualTo(checkpoint
                            .config()
                            .with(checkpoint.config().transformer().withoutProjectors()));
        }
    }

    @Test
    void aConvertedFolderCanNameModalitiesAndClasses() {
        Path model = folder.resolve("model");
        List<String> modalities = List.of("rgb", "normal", "canny", "depth");
        try (OfficialCheckpoint checkpoint = OfficialCheckpoint.open(checkpoint(smallArguments()))) {
            assertThatExceptionOfType(ModelFolderException.class)
                    .isThrownBy(() ->
                            checkpoint.convert(model, null, false, config -> config.withCategories(List.of("cat"))))
                    .withMessageContaining("'categories' lists 1 names");
            List<String> classes =
                    Collections.nCopies(checkpoint.config().transformer().classes(), "cat");
            checkpoint.convert(
                    model,
                    null,
                    false,
                    config -> config.withModalities(modalities).withCategories(classes));
            assertThat(ModelFolder.open(model).config().modalityNames()).isEqualTo(modalities);
            assertThat(ModelFolder.open(model).config().categories()).isEqualTo(classes);
        }
    }

    @Test
    void weightsThatDoNotFitAreNotConverted() {
        Map<String, Object> arguments = smallArguments();
        arguments.put("depth", 3);
        arguments.put("hidden_size", 64);
        Path file = checkpoint(arguments);
        Path model = folder.resolve("model");
        try (OfficialCheckpoint checkpoint = OfficialCheckpoint.open(file)) {
            assertThatExceptionOfType(ModelFolderException.class)
                    .isThrownBy(() -> checkpoint.convert(model, null, true))
                    .withMessageContainingAll(
                            file.toString(), "missing: blocks.2.", "x_embedder.proj.bias is [32], not [64]");
        }
        assertThat(model).doesNotExist();
    }

    @Test
    void wrongArgumentsAreNamed() {
        refused(Map.of("model", "SiT-Q/2"), "'model' is 'SiT-Q/2'");
        refused(Map.of("num_tasks", 9, "is_mmcat_diff", true), "9 modalities");
        refused(Map.of("path_type", "edm"), "'edm'");
        refused(Map.of("depth", Integer.MAX_VALUE), "'depth' is 2147483647");
        refused(Map.of("resolution", -8), "inputSize");
        refused(List.of("model"), "'args' that are not arguments by name");
        refused("model", "'args' that are not arguments by name");
    }

    private void refused(Object arguments, String... parts) {
        Path file = checkpoint(arguments);
        assertThatExceptionOfType(ModelFolderException.class)
                .isThrownBy(() -> OfficialCheckpoint.open(file))
                .withMessageStartingWith(file.toString())
                .withMessageContainingAll(parts);
    }

    @Test
    void otherFilesAreNamed() {
        Path file = folder.resolve("other.pt");
        try (Tensor tensor = Torch.zeros(2)) {
            PickleCheckpoint.write(file, Map.of("model", Map.of("w", tensor), "args", smallArguments()));
            assertThatExceptionOfType(ModelFolderException.class)
                    .isThrownBy(() -> OfficialCheckpoint.open(file))
                    .withMessageContainingAll("other.pt", "no 'ema'", "model");
            PickleCheckpoint.write(file, Map.of("ema", Map.of("w", tensor)));
            assertThatExceptionOfType(ModelFolderException.class)
                    .isThrownBy(() -> OfficialCheckpoint.open(file))
                    .withMessageContainingAll("other.pt", "no 'args'", "ema");
            // Shapes that the settings are read from may be anything in a hostile file.
            PickleCheckpoint.write(
                    file,
                    Map.of(
                            "args",
                            smallArguments(),
                            "ema",
                            Map.of(
                                    "y_embedder.embedding_table.weight",
                                    tensor,
                                    "projectors.0.4.weight",
                                    tensor,
                                    "projectors.0.0.weight",
                                    tensor)));
            try (OfficialCheckpoint checkpoint = OfficialCheckpoint.open(file)) {
                assertThatExceptionOfType(ModelFolderException.class)
                        .isThrownBy(checkpoint::transformer)
                        .withMessageContainingAll("other.pt", "y_embedder.embedding_table.weight is [2]");
            }
            PickleCheckpoint.write(file, Map.of("args", smallArguments(), "ema", "weights"));
            assertThatExceptionOfType(RuntimeException.class)
                    .isThrownBy(() -> OfficialCheckpoint.open(file))
                    .withMessageContainingAll("other.pt", "ema");
        }
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> OfficialCheckpoint.open(folder.resolve("absent.pt")))
                .withMessageContaining("absent.pt");
    }

    @Test
    void theReleasedArgumentsDescribeTheReleasedModel() {
        Map<String, Object> released = Map.of(
                "model",
                "SiT-XL/2",
                "is_mmcat_diff",
                true,
                "use_decouple_task",
                true,
                "use_taskcond_emb",
                true,
                "num_tasks",
                4,
                "encoder_depth",
                8,
                "z_dims",
                List.of(768),
                "projector_dim",
                2048,
                "cfg_prob",
                0.1);
        try (OfficialCheckpoint checkpoint = OfficialCheckpoint.open(checkpoint(released))) {
            assertThat(checkpoint.config().transformer()).isEqualTo(TransformerConfig.sit("XL/2"));
        }
    }
}
