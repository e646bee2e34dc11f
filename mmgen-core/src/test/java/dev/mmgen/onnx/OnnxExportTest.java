package dev.mmgen.onnx;

import static dev.mmgen.onnx.OnnxSession.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import dev.mmgen.FormulaWeights;
import dev.mmgen.SmallModelFolder;
import dev.mmgen.TensorLeakCheck;
import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.Posterior;
import dev.mmgen.codec.SmallAutoencoders;
import dev.mmgen.codec.TiledAutoencoder;
import dev.mmgen.codec.Tiling;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TimeEmbedding;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.model.TransformerConfigBuilder;
import dev.mmgen.model.VelocityModel;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.weights.StateDict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class OnnxExportTest {

    @TempDir
    private Path folder;

    @Test
    void transformerOfEachTimeEmbeddingRunsInOnnxRuntimeAsHere() throws OrtException {
        assertTransformer(SmallModelFolder.transformerConfig());
        assertTransformer(small(TimeEmbedding.SHARED).build());
        assertTransformer(small(TimeEmbedding.PER_ELEMENT).modalities(2).build());
    }

    @Test
    void transformerWithQueryAndKeyNormsRunsAsHere() throws OrtException {
        assertTransformer(small(TimeEmbedding.PER_MODALITY).qkNorm(true).build());
    }

    @Test
    void plainSitOfOneModalityRunsAsHere() throws OrtException {
        assertTransformer(small(TimeEmbedding.SHARED)
                .modalities(1)
                .jointHeads(false)
                .patchSize(4)
                .build());
        assertTransformer(small(TimeEmbedding.PER_ELEMENT).modalities(1).build());
    }

    @Test
    void weightsInBfloat16AreExportedAsTheyAre() throws OrtException {
        assertTransformer(SmallModelFolder.transformerConfig(), DType.BFLOAT16);
    }

    private static TransformerConfigBuilder small(TimeEmbedding times) {
        return SmallModelFolder.transformerConfig().toBuilder()
                .timeEmbedding(times)
                .taskEmbedding(times == TimeEmbedding.PER_MODALITY);
    }

    private void assertTransformer(TransformerConfig config) throws OrtException {
        assertTransformer(config, DType.FLOAT32);
    }

    private void assertTransformer(TransformerConfig config, DType stored) throws OrtException {
        Path file = folder.resolve("transformer.onnx");
        try (DiffusionTransformer model = SmallModelFolder.transformer(config)) {
            model.to(Device.CPU, stored);
            OnnxExport.writeTransformer(model, file);
            model.to(Device.CPU, DType.FLOAT32);
            try (OnnxSession session = new OnnxSession(file)) {
                for (Shape shape : List.of(
                        Shape.of(1, 0, 8, 8), Shape.of(3, 0, 8, 8), Shape.of(1, 0, 12, 4), Shape.of(3, 0, 12, 4))) {
                    assertPass(model, session, shape);
                }
            }
        }
    }

    private static void assertPass(DiffusionTransformer model, OnnxSession session, Shape shape) throws OrtException {
        long batch = shape.size(0);
        long channels = model.config().inputChannels();
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad();
                Generator generator = Generator.seeded(3)) {
            Tensor latents = Torch.randn(generator, DType.FLOAT32, batch, channels, shape.size(2), shape.size(3));
            Shape timeShape = switch (model.config().timeEmbedding()) {
                case SHARED -> Shape.of(batch);
                case PER_MODALITY -> Shape.of(batch, channels, 1, 1);
                case PER_ELEMENT -> latents.shape();
            };
            Tensor times = Torch.rand(generator, DType.FLOAT32, timeShape.toArray());
            Tensor labels = Torch.tensor(batch == 1 ? new long[] {7} : new long[] {0, SmallModelFolder.CLASSES, 3});
            Map<String, Tensor> inputs = new HashMap<>(Map.of("latents", latents, "times", times, "labels", labels));
            Tensor tasks = null;
            if (model.config().taskEmbedding()) {
                tasks = Torch.tensor(batch == 1 ? new long[] {2} : new long[] {0, 1, 4});
                inputs.put("tasks", tasks);
            }
            assertClose(session.run(inputs).get("velocity"), model.forward(latents, times, labels, tasks));
        }
    }

    @Test
    void autoencoderRunsInOnnxRuntimeAsHere() throws OrtException {
        assertAutoencoder(SmallAutoencoders.tinyConfig());
    }

    @Test
    void autoencoderWithoutAttentionAndOuterConvolutionsRunsAsHere() throws OrtException {
        assertAutoencoder(SmallAutoencoders.tinyConfig().toBuilder()
                .blockOutChannels(8, 16)
                .layersPerBlock(2)
                .midBlockAddAttention(false)
                .useQuantConv(false)
                .usePostQuantConv(false)
                .build());
    }

    private void assertAutoencoder(AutoencoderConfig config) throws OrtException {
        try (AutoencoderKl network = new AutoencoderKl(config)) {
            FormulaWeights.fill(network, "");
            OnnxExport.writeEncoder(network, folder.resolve("encoder.onnx"));
            OnnxExport.writeDecoder(new TiledAutoencoder(network, Tiling.DEFAULT), folder.resolve("decoder.onnx"));
            try (OnnxSession encoder = new OnnxSession(folder.resolve("encoder.onnx"));
                    OnnxSession decoder = new OnnxSession(folder.resolve("decoder.onnx"))) {
                for (Shape shape : List.of(
                        Shape.of(1, 3, 32, 32),
                        Shape.of(3, 3, 32, 32),
                        Shape.of(1, 3, 16, 40),
                        Shape.of(3, 3, 16, 40))) {
                    assertRoundTrip(network, encoder, decoder, shape);
                }
            }
        }
    }

    private static void assertRoundTrip(AutoencoderKl network, OnnxSession encoder, OnnxSession decoder, Shape shape)
            throws OrtException {
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad();
                Generator generator = Generator.seeded(4)) {
            Tensor pixels =
                    Torch.rand(generator, DType.FLOAT32, shape.toArray()).mul(2).sub(1);
            try (Posterior posterior = network.encode(pixels)) {
                Map<String, float[]> encoded = encoder.run(Map.of("pixels", pixels));
                assertClose(encoded.get("mean"), posterior.mean());
                assertClose(encoded.get("deviation"), posterior.std());
                Tensor latents = posterior.mean();
                assertClose(decoder.run(Map.of("latents", latents)).get("pixels"), network.decode(latents));
            }
        }
    }

    @Test
    void modelFolderBecomesThreeFilesWithTheirWeightsAndItsSettings() throws OrtException, IOException {
        Path model = SmallModelFolder.write(folder.resolve("model"));
        Path out = folder.resolve("new").resolve("onnx");

        OnnxExport.write(ModelFolder.open(model), out);

        try (var files = Files.list(out)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "transformer.onnx",
                            "transformer.onnx.data",
                            "encoder.onnx",
                            "encoder.onnx.data",
                            "decoder.onnx",
                            "decoder.onnx.data");
        }
        for (String name : List.of(OnnxExport.TRANSFORMER, OnnxExport.ENCODER, OnnxExport.DECODER)) {
            try (OnnxSession session = new OnnxSession(out.resolve(name))) {
                assertThat(session.session().getMetadata().getCustomMetadata())
                        .containsEntry(OnnxExport.CONFIG, Files.readString(model.resolve("config.json")));
            }
        }
    }

    @Test
    void inputsAndOutputsAreDescribedInTheFile() throws IOException {
        OnnxExport.write(ModelFolder.open(SmallModelFolder.write(folder.resolve("model"))), folder);

        assertThat(text(OnnxExport.TRANSFORMER))
                .contains("M = 4 modalities of C = 4 channels", "0 at data and 1 at noise", "[N, M * C, 1, 1]")
                .contains("0 to 9; 10 is no class", "k + 1 where modality k", "noise minus data");
        assertThat(text(OnnxExport.ENCODER)).contains("from -1 (0 of 255)", "raw * factor", "mean + deviation * noise");
        assertThat(text(OnnxExport.DECODER)).contains("latents / factor", "red, green, blue");
    }

    private String text(String name) throws IOException {
        return Files.readString(folder.resolve(name), StandardCharsets.ISO_8859_1);
    }

    @Test
    void flowMapIsRefusedBeforeAnythingIsWritten() {
        Path model = SmallModelFolder.write(folder.resolve("model"));
        Path out = folder.resolve("onnx");
        TransformerConfig config =
                SmallModelFolder.transformerConfig().toBuilder().flowMapDepth(1).build();
        try (DiffusionTransformer map = SmallModelFolder.transformer(config);
                StateDict weights = map.state()) {
            ModelFolder.write(model, SmallModelFolder.config().with(config.withoutProjectors()), weights);
            assertThatThrownBy(() -> OnnxExport.write(ModelFolder.open(model), out))
                    .isInstanceOf(OnnxExportException.class)
                    .hasMessageContaining("flow map (flowMapDepth is 1)")
                    .hasMessageEndingWith("export the model that it was made from");
            assertThatThrownBy(() -> OnnxExport.writeTransformer(map, out))
                    .isInstanceOf(OnnxExportException.class)
                    .hasMessageContaining("flow map");
        }
        assertThat(folder).isDirectoryNotContaining(path -> path.startsWith(out));
    }

    @Test
    void weightsHaveTheirOfficialNames() throws IOException {
        Path model = SmallModelFolder.write(folder.resolve("model"));
        OnnxExport.write(ModelFolder.open(model), folder);

        String graph = text(OnnxExport.TRANSFORMER);
        try (DiffusionTransformer transformer = ModelFolder.open(model).transformer()) {
            assertThat(transformer.parameters().keySet())
                    .isNotEmpty()
                    .allSatisfy(name -> assertThat(graph).contains(name));
        }
    }

    @Test
    void partsThatOnnxCannotExpressAreRefusedByName() {
        VelocityModel formula = new Formula();
        assertThatThrownBy(() -> OnnxExport.writeTransformer(formula, folder.resolve("formula.onnx")))
                .isInstanceOf(OnnxExportException.class)
                .hasMessageContaining(Formula.class.getName());
        try (DiffusionTransformer model = SmallModelFolder.transformer(SmallModelFolder.transformerConfig());
                Generator generator = Generator.seeded(5)) {
            Linear packed = model.namedModules(Linear.class).get("blocks.0.attn.qkv");
            packed.adapt(2, 1).initialize(generator);
            assertThatThrownBy(() -> OnnxExport.writeTransformer(model, folder.resolve("lora.onnx")))
                    .isInstanceOf(OnnxExportException.class)
                    .hasMessageContaining("blocks.0.attn.qkv.lora_A.weight")
                    .hasMessageContaining("Lora.merge");
        }
        Autoencoder toy = new Toy();
        assertThatThrownBy(() -> OnnxExport.writeDecoder(toy, folder.resolve("toy.onnx")))
                .isInstanceOf(OnnxExportException.class)
                .hasMessageContaining(Toy.class.getName());
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void fileThatCannotBeWrittenIsNamed() {
        try (AutoencoderKl network = SmallAutoencoders.tiny()) {
            Path file = folder.resolve("no").resolve("such.onnx");
            assertThatThrownBy(() -> OnnxExport.writeDecoder(network, file))
                    .isInstanceOf(OnnxExportException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageEndingWith("make it first");
        }
    }

    @Test
    void pathThatCannotBeAFileIsRefusedBeforeItsWeightsAreWritten() throws IOException {
        Path taken = Files.createDirectory(folder.resolve("taken"));
        Path beside = folder.resolve("model.onnx");
        Path data = Files.createDirectory(folder.resolve("model.onnx.data"));
        try (AutoencoderKl network = SmallAutoencoders.tiny();
                DiffusionTransformer model = SmallModelFolder.transformer(SmallModelFolder.transformerConfig())) {
            assertThatThrownBy(() -> OnnxExport.writeTransformer(model, taken))
                    .isInstanceOf(OnnxExportException.class)
                    .hasMessageStartingWith(taken + " cannot be written: there is a folder of that name");
            assertThatThrownBy(() -> OnnxExport.writeEncoder(network, beside))
                    .isInstanceOf(OnnxExportException.class)
                    .hasMessageStartingWith(data + " cannot be written");
            assertThatThrownBy(() -> OnnxExport.writeDecoder(network, folder.getRoot()))
                    .isInstanceOf(OnnxExportException.class)
                    .hasMessageContaining("is not the name of a file");
        }
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(taken, data);
        }
    }

    private static final class Formula implements VelocityModel {
        @Override
        public Inputs inputs() {
            return Inputs.of(1, 4, 8);
        }

        @Override
        public Tensor forward(Tensor latents, Tensor times, Tensor labels, Tensor tasks) {
            return latents.copy();
        }
    }

    private static final class Toy implements Autoencoder {
        @Override
        public int imageChannels() {
            return 3;
        }

        @Override
        public int latentChannels() {
            return 4;
        }

        @Override
        public int factor() {
            return 8;
        }

        @Override
        public Device device() {
            return Device.CPU;
        }

        @Override
        public Posterior encode(Tensor images) {
            throw new AssertionError("an export encodes nothing");
        }

        @Override
        public Tensor decode(Tensor latents) {
            throw new AssertionError("an export decodes nothing");
        }
    }
}
