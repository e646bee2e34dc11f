package dev.mmgen.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.mmgen.MmGen;
import dev.mmgen.MmGenOptions;
import dev.mmgen.SmallModelFolder;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.codec.SmallAutoencoders;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.ShardWriter;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFileException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(TensorLeakCheck.class)
class ModelFolderTest {

    @TempDir
    private Path folder;

    private Path config;
    private Path weights;

    @BeforeEach
    void write() {
        SmallModelFolder.write(folder);
        config = folder.resolve("config.json");
        weights = folder.resolve("model.safetensors");
    }

    @Test
    void becomesAFolderOfAnotherTypeWithOtherSettings(@TempDir Path other) throws IOException {
        SmallModelFolder.write(folder.resolve(ModelFolder.GUIDE));
        Files.writeString(folder.resolve("README.md"), "a model's card");
        Path target = other.resolve("half");
        ModelFolder.open(folder).convert(target, DType.BFLOAT16, settings -> settings.withCategories(List.of()));
        ModelFolder made = ModelFolder.open(target);
        assertThat(made.config()).isEqualTo(SmallModelFolder.config().withCategories(List.of()));
        for (ModelFolder half : List.of(made, made.guide().orElseThrow())) {
            try (DiffusionTransformer transformer = half.transformer();
                    DiffusionTransformer original =
                            SmallModelFolder.transformer(SmallModelFolder.transformerConfig())) {
                original.to(Device.CPU, DType.BFLOAT16);
                original.parameters().forEach((key, parameter) -> {
                    Tensor value = transformer.parameters().get(key).value();
                    assertThat(value.dtype()).isEqualTo(DType.BFLOAT16);
                    assertThat(value.toFloats())
                            .as(key)
                            .isEqualTo(parameter.value().toFloats());
                });
            }
        }
        for (String file : List.of("config.json", "diffusion_pytorch_model.safetensors")) {
            assertThat(target.resolve(ModelFolder.AUTOENCODER).resolve(file))
                    .hasSameBinaryContentAs(
                            folder.resolve(ModelFolder.AUTOENCODER).resolve(file));
        }
        assertThat(target.resolve("README.md"))
                .content()
                .startsWith("> Converted from the model below")
                .endsWith("a model's card");
        Files.write(folder.resolve("README.md"), new byte[1 << 20]);
        assertThatExceptionOfType(ModelFolderException.class)
                .isThrownBy(() -> ModelFolder.open(folder).convert(target, null, UnaryOperator.identity()))
                .withMessageContaining("README.md: is over 1 MB long; this is no model card");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelFolder.open(folder).convert(folder, null, UnaryOperator.identity()))
                .withMessageContaining("is the folder of the model itself, or lies in it; name another one");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelFolder.open(folder)
                        .convert(folder.resolve(ModelFolder.AUTOENCODER + "/in"), null, UnaryOperator.identity()))
                .withMessageContaining("or lies in it; name another one");
        assertThat(ModelFolder.open(folder).config()).isEqualTo(SmallModelFolder.config());
    }

    @Test
    void guidanceThatIsInTheModelIsNotGivenTwice(@TempDir Path other) {
        UnaryOperator<ModelConfig> guided = settings -> settings.toBuilder()
                .distilled(List.of(Distilled.GUIDANCE))
                .sampling(settings.sampling().withGuidance(Guidance.of(2)))
                .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelFolder.open(folder).convert(other.resolve("guided"), null, guided))
                .withMessage(
                        "setting 'sampling': guidance is 2.0, but the model has guidance in it already, and more would exaggerate; leave it out, or set it to 1");
    }

    @Test
    void readsWhatItWrote() {
        ModelFolder model = ModelFolder.open(folder);
        assertThat(model.config()).isEqualTo(SmallModelFolder.config());
        try (DiffusionTransformer copy = model.transformer();
                DiffusionTransformer original = SmallModelFolder.transformer(SmallModelFolder.transformerConfig())) {
            original.parameters()
                    .forEach((key, parameter) -> assertThat(
                                    copy.parameters().get(key).value().toFloats())
                            .as(key)
                            .isEqualTo(parameter.value().toFloats()));
        }
        assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
    }

    @Test
    void everySettingSurvivesJson() {
        TransformerConfig released = TransformerConfig.sit("XL/2");
        List<Double> four = List.of(0.25, -1.0, 3e-9, 1e9);
        List<Double> positive = List.of(0.25, 1.0, 3e-9, 1e9);
        List<String> categories =
                IntStream.range(0, 1000).mapToObj(i -> "class \"" + i + "\" ü").toList();
        for (ModelConfig original : List.of(
                ModelConfig.standard(released, Interpolant.cosine()),
                ModelConfig.builder(released)
                        .modalityNames(List.of("rgb", "canny", "depth", "x-ray_2"))
                        .latents(new LatentNormalization.Statistics(
                                Collections.nCopies(4, four), Collections.nCopies(4, positive)))
                        .categories(categories)
                        .sampling(new SamplingDefaults(
                                "heun", 12, Guidance.of(1.5).within(0.2, 0.9)))
                        .reading(new SamplingDefaults("euler", 5, 2.5, Guidance.NONE))
                        .build())) {
            assertThat(ModelJson.parse(ModelJson.write(original).getBytes(StandardCharsets.UTF_8), ModelConfig.class))
                    .isEqualTo(original);
        }
    }

    @Test
    void settingsPassThroughStreams() {
        ModelConfig original = SmallModelFolder.config();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        original.write(bytes);
        assertThat(ModelConfig.read(new ByteArrayInputStream(bytes.toByteArray())))
                .isEqualTo(original);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelConfig.read(new ByteArrayInputStream(new byte[] {'[', '1'})))
                .withMessageContaining("must be an object");
    }

    @Test
    void everySettingHasANameInTheBuilder() {
        ModelConfig original = SmallModelFolder.config();
        assertThat(original.toBuilder().build()).isEqualTo(original);
        assertThat(SamplingDefaults.RELEASED
                        .withSampler("heun")
                        .withSteps(12)
                        .withShift(2)
                        .withGuidance(Guidance.of(1.5)))
                .isEqualTo(new SamplingDefaults("heun", 12, 2, Guidance.of(1.5)));
    }

    @Test
    void timesAreNotShiftedWhereAFileSaysNothingOfIt() {
        String written = read(config);
        write(config, written.replaceAll("\\s*\"shift\" : 1.0,", ""));
        assertThat(read(config)).doesNotContain("shift");
        assertThat(ModelFolder.open(folder).config()).isEqualTo(SmallModelFolder.config());
        write(config, written.replace("\"shift\" : 1.0", "\"shift\" : 0.0"));
        assertThatExceptionOfType(ModelFolderException.class)
                .isThrownBy(() -> ModelFolder.open(folder))
                .withMessageContaining("'shift' is 0.0");
    }

    @Test
    void aByteOrderMarkIsPassedOver() {
        write(config, "\ufeff" + read(config));
        assertThat(ModelFolder.open(folder).config()).isEqualTo(SmallModelFolder.config());
    }

    @Test
    void aGitLfsPointerAndAnHtmlPageInPlaceOfSettingsAreCalledSo() {
        write(config, "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 3\n");
        assertRefused(ModelFolderException.class, config.toString(), "Git LFS pointer", "git lfs pull");
        write(config, "<!DOCTYPE html><html>not found</html>");
        assertRefused(ModelFolderException.class, config.toString(), "HTML page");
    }

    @Test
    void aNormalizationOfOnesOwnHasNoFormInJson() {
        LatentNormalization own = new LatentNormalization() {
            @Override
            public Tensor normalise(Tensor raw, int modality) {
                return raw;
            }

            @Override
            public Tensor restore(Tensor latents, int modality) {
                return latents;
            }
        };
        ModelConfig unwritable = SmallModelFolder.config().with(own);
        Path target = folder.resolve("own");
        try (StateDict none = StateDict.of(Map.of())) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> ModelFolder.write(target, unwritable, none))
                    .withMessageContainingAll(own.getClass().getName(), "no form in JSON");
        }
        assertThat(target).doesNotExist();
    }

    @Test
    void weightsThatAreNotFiniteAreNamedWhenTheModelOpens() {
        String spoiled = "blocks.1.attn.proj.weight";
        try (Safetensors file = Safetensors.open(weights);
                StateDict state = file.load()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>(state.asMap());
            try (Tensor nan = state.get(spoiled).mul(Double.NaN)) {
                tensors.put(spoiled, nan);
                Safetensors.write(folder.resolve("nan.safetensors"), tensors, Map.of());
            }
        }
        assertThat(folder.resolve("nan.safetensors").toFile().renameTo(weights.toFile()))
                .isTrue();
        assertThatExceptionOfType(WeightFileException.class)
                .isThrownBy(() -> MmGen.open(folder))
                .withMessageContainingAll(weights.toString(), spoiled);
    }

    @Test
    void aNumberIsGuidanceAtAllTimes() {
        SamplingDefaults read = ModelJson.parse(
                "{\"sampler\": \"heun\", \"steps\": 12, \"shift\": 1, \"guidance\": 1.5}"
                        .getBytes(StandardCharsets.UTF_8),
                SamplingDefaults.class);
        assertThat(read).isEqualTo(new SamplingDefaults("heun", 12, Guidance.of(1.5)));
    }

    static Stream<Arguments> brokenSettings() {
        return Stream.of(
                broken("", "settings"),
                broken("null", "null"),
                broken("[]", "must be an object"),
                broken("{", "end-of-input"),
                broken("[".repeat(5000), "config.json"),
                broken("{} {}", "config.json"),
                replacing("\"format\" : 1", "\"format\" : 2", "'format' is 2", "newer mmgen"),
                replacing("\"format\" : 1", "\"format\" : \"1\"", "'format'"),
                replacing("\"format\" : 1", "\"format\" : 1.5", "'format'"),
                replacing("\"format\" : 1", "\"format\" : null", "'format'"),
                replacing("\"format\" : 1", "\"format\" : 99999999999", "'format'"),
                replacing("\"format\" : 1,", "", "format"),
                replacing("\"format\" : 1", "\"format\" : 1, \"format\" : 1", "format"),
                replacing("\"format\" : 1", "\"format\" : 1, \"colour\" : 3", "'colour'", "modalityNames"),
                replacing("\"width\" : 32", "\"width\" : 32, \"widht\" : 64", "'transformer.widht'"),
                replacing("\"width\" : 32", "\"width\" : 33", "'width' is 33"),
                replacing("\"width\" : 32", "\"width\" : \"32\"", "'transformer.width'"),
                replacing("\"width\" : 32", "\"width\" : 32.5", "'transformer.width'"),
                replacing("\"width\" : 32", "\"width\" : 2147483644", "'width' is 2147483644", "at most"),
                replacing("\"depth\" : 2", "\"depth\" : 2147483647", "'depth' is 2147483647", "at most"),
                replacing("\"depth\" : 2", "\"depth\" : 0", "'depth' is 0"),
                replacing("\"patchSize\" : 2", "\"patchSize\" : 65536", "'patchSize' is 65536"),
                replacing("\"inputSize\" : 8", "\"inputSize\" : 2147483646", "'inputSize'"),
                replacing("\"latentChannels\" : 4", "\"latentChannels\" : 2147483647", "'latentChannels'"),
                replacing("\"classes\" : 10", "\"classes\" : 2147483647", "'classes'"),
                replacing("\"mlpRatio\" : 4.0", "\"mlpRatio\" : 1e300", "'mlpRatio'"),
                replacing("\"mlpRatio\" : 4.0", "\"mlpRatio\" : \"NaN\"", "mlpRatio"),
                replacing("\"qkNorm\" : false", "\"qkNorm\" : 0", "'transformer.qkNorm'"),
                replacing("PER_MODALITY", "PER_PIXEL", "'transformer.timeEmbedding'", "PER_MODALITY"),
                replacing("\"PER_MODALITY\"", "1", "'transformer.timeEmbedding'"),
                replacing("\"projections\" : [ ]", "\"projections\" : [ null ]", "transformer"),
                replacing("\"projections\" : [ ]", "\"projections\" : 3", "'transformer.projections'"),
                replacing("\"depth\", \"normal\"", "\"normal\"", "'modalityNames' lists 3", "has 4"),
                replacing("\"depth\", \"normal\"", "\"Depth map\", \"normal\"", "'depth map'"),
                replacing("\"depth\", \"normal\"", "\"normal\", \"normal\"", "'normal' occurs twice"),
                replacing("\"depth\", \"normal\"", "null, \"normal\"", "config.json"),
                replacing("\"path\" : \"linear\"", "\"path\" : \"edm\"", "'edm'"),
                replacing("\"steps\" : 250", "\"steps\" : 0", "'steps' is 0"),
                replacing("\"steps\" : 250", "\"steps\" : 2147483647", "'steps' is 2147483647", "to 100000"),
                replacing("\"sampler\" : \"euler-maruyama\",", "", "sampler' is missing"),
                replacing("\"path\" : \"linear\",", "", "setting 'path' is missing"),
                replacing("\"euler-maruyama\"", "\"runge\"", "unknown sampler 'runge'"),
                replacing("\"scale\" : 1.0", "\"scale\" : -1", "guidance scale is -1.0"),
                replacing("\"scale\" : 1.0", "\"scale\" : \"1\"", "guidance.scale'"),
                replacing("\"low\" : 0.0", "\"low\" : 2", "guidance from 2.0 to 1.0"),
                replacing("\"low\" : 0.0,", "", "low"),
                replacing("\"factor\" : 0.18215", "\"factor\" : -1", "factor", "-1.0"),
                replacing("\"factor\" : 0.18215", "\"scale\" : 1", "latents"),
                replacing("\"factor\" : 0.18215", "", "latents"),
                replacing(
                        "\"factor\" : 0.18215", "\"means\" : [ [ 0 ] ], \"deviations\" : [ [ 1 ] ]", "statistics", "4"),
                replacing("\"factor\" : 0.18215", "\"means\" : [ [ 0 ] ], \"deviations\" : [ [ 0 ] ]", "deviations"),
                replacing("\"factor\" : 0.18215", "\"means\" : [ [ 0 ] ]", "deviations"),
                replacing("\"categories\" : [ ]", "\"categories\" : [ null ]", "a list that holds null"),
                replacing(
                        "\"categories\" : [ ]", "\"categories\" : [ \"cat\" ]", "'categories' lists 1", "10 classes"));
    }

    private static Arguments broken(String json, String... parts) {
        return arguments(
                json.length() > 40 ? json.substring(0, 40) + "..." : json,
                (Consumer<Path>) file -> write(file, json),
                parts);
    }

    private static Arguments replacing(String old, String replacement, String... parts) {
        return arguments(
                replacement + " for " + old,
                (Consumer<Path>) file -> {
                    String json = read(file);
                    assertThat(json).contains(old);
                    write(file, json.replace(old, replacement));
                },
                parts);
    }

    @ParameterizedTest(name = "[{index}] {0}")
    @MethodSource("brokenSettings")
    void brokenSettingsAreNamed(String name, Consumer<Path> damage, String[] parts) {
        damage.accept(config);
        assertThatExceptionOfType(ModelFolderException.class)
                .isThrownBy(() -> ModelFolder.open(folder))
                .satisfies(e -> {
                    assertThat(e.file()).isEqualTo(config);
                    assertThat(e.getMessage()).startsWith(config.toString()).contains(parts);
                });
    }

    @Test
    void missingSettingsAreNamed() throws IOException {
        Files.delete(config);
        assertRefused(ModelFolderException.class, folder.toString(), "no config.json", "mmgen convert");
        assertThatExceptionOfType(ModelFolderException.class)
                .isThrownBy(() -> ModelFolder.open(folder.resolve("nowhere")))
                .withMessageContainingAll("nowhere", "mmgen convert");
        assertThatExceptionOfType(ModelFolderException.class)
                .isThrownBy(() -> ModelFolder.open(weights))
                .withMessageContainingAll("model.safetensors", "is not a folder");
    }

    @Test
    void namesMissingWeights() throws IOException {
        Files.delete(weights);
        assertRefused(WeightFileException.class, "model.safetensors");
    }

    @Test
    void namesTruncatedWeights() throws IOException {
        byte[] bytes = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(bytes, bytes.length / 2));
        assertRefused(WeightFileException.class, "model.safetensors");
    }

    @Test
    void namesAMissingAutoencoder() throws IOException {
        Files.delete(folder.resolve("vae/config.json"));
        assertRefused(ModelFolderException.class, "vae", "no config.json");
        Files.delete(folder.resolve("vae/diffusion_pytorch_model.safetensors"));
        Files.delete(folder.resolve("vae"));
        assertRefused(ModelFolderException.class, "vae", "is not a folder");
    }

    @Test
    void weightsMustFitTheSettings() {
        try (DiffusionTransformer transformer = SmallModelFolder.transformer(SmallModelFolder.transformerConfig());
                StateDict state = transformer.state()) {
            Map<String, Tensor> changed = new LinkedHashMap<>(state.asMap());
            changed.remove("x_embedder.proj.bias");
            try (Tensor extra = Torch.zeros(2);
                    Tensor wide = Torch.zeros(7)) {
                changed.put("x_embedder.extra", extra);
                changed.put("blocks.1.attn.proj.bias", wide);
                Safetensors.write(weights, changed, Map.of());
            }
        }
        assertRefused(
                ModelFolderException.class,
                "model.safetensors",
                "missing: x_embedder.proj.bias",
                "unexpected: x_embedder.extra",
                "blocks.1.attn.proj.bias is [7], not [32]",
                "config.json");
    }

    @Test
    void theAutoencoderMustFitTheTransformer(@TempDir Path other) {
        AutoencoderConfig tiny = SmallAutoencoders.tinyConfig();
        SmallModelFolder.write(
                other,
                AutoencoderConfig.stableDiffusion().toBuilder()
                        .latentChannels(8)
                        .blockOutChannels(tiny.blockOutChannels())
                        .layersPerBlock(1)
                        .normNumGroups(4)
                        .sampleSize(32)
                        .build());
        assertThatExceptionOfType(ModelFolderException.class)
                .isThrownBy(() -> MmGen.open(other))
                .withMessageContainingAll(other.resolve("vae").toString(), "8 channels", "trained on 4");
        SmallModelFolder.write(
                other,
                AutoencoderConfig.stableDiffusion().toBuilder()
                        .inChannels(1)
                        .outChannels(1)
                        .blockOutChannels(tiny.blockOutChannels())
                        .layersPerBlock(1)
                        .normNumGroups(4)
                        .sampleSize(32)
                        .build());
        assertThatExceptionOfType(ModelFolderException.class)
                .isThrownBy(() -> MmGen.open(other))
                .withMessageContainingAll(other.resolve("vae").toString(), "must be 3");
    }

    @Test
    void readsShardsAndLeavesProjectorsOut() throws IOException {
        TransformerConfig trained = SmallModelFolder.transformerConfig().withProjectors(List.of(24), 16, 1);
        try (DiffusionTransformer transformer = SmallModelFolder.transformer(trained);
                StateDict state = transformer.state()) {
            ModelFolder.write(folder, SmallModelFolder.config().with(trained), state);
            Files.delete(weights);
            new ShardWriter(folder, "model", Map.of(), 40_000).write(state.asMap());
        }
        assertThat(folder.resolve("model.safetensors.index.json")).exists();
        try (DiffusionTransformer transformer = ModelFolder.open(folder).transformer()) {
            assertThat(transformer.config()).isEqualTo(SmallModelFolder.transformerConfig());
            assertThat(transformer.parameters()).doesNotContainKey("projectors.0.0.weight");
        }
        try (MmGen mmgen = MmGen.open(folder, MmGenOptions.DEFAULT)) {
            assertThat(mmgen.config().transformer()).isEqualTo(trained);
        }
    }

    @Test
    void aFailedWriteLeavesTheOldFiles() throws IOException {
        String before = read(config);
        byte[] weightsBefore = Files.readAllBytes(weights);
        try (Tensor tensor = Torch.zeros(2)) {
            tensor.close();
            assertThatExceptionOfType(RuntimeException.class)
                    .isThrownBy(() -> ModelFolder.write(
                            folder, SmallModelFolder.config(), StateDict.of(Map.of("closed", tensor))));
        }
        assertThat(read(config)).isEqualTo(before);
        assertThat(Files.readAllBytes(weights)).isEqualTo(weightsBefore);
        assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
        Path inAFile = config.resolve("model");
        assertThatExceptionOfType(ModelFolderException.class)
                .isThrownBy(() -> ModelFolder.write(inAFile, SmallModelFolder.config(), StateDict.of(Map.of())))
                .withMessageContainingAll(inAFile.toString(), "a part of its path is a file");
    }

    @Test
    void aModelOfUnknownModalitiesNeedsNames() {
        TransformerConfig six = TransformerConfig.small(8, 6, 10);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelConfig.standard(six, Interpolant.linear()))
                .withMessageContainingAll("6", "segmentation");
    }

    private void assertRefused(Class<? extends RuntimeException> type, String... parts) {
        assertThatExceptionOfType(RuntimeException.class)
                .isThrownBy(() -> MmGen.open(folder).close())
                .isInstanceOf(type)
                .withMessageContainingAll(parts);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
