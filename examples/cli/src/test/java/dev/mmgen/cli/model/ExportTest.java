package dev.mmgen.cli.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.mmgen.MmGen;
import dev.mmgen.MmGenOptions;
import dev.mmgen.cli.CommandRun;
import dev.mmgen.codec.Posterior;
import dev.mmgen.io.ClasspathModel;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.testkit.OneThread;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code mmgen export}, with the model in the box. */
@ExtendWith(OneThread.class)
class ExportTest {

    @TempDir
    private static Path shared;

    private static Path exported;

    @TempDir
    private Path folder;

    @BeforeAll
    static void export() {
        exported = shared.resolve("onnx");
        CommandRun run = CommandRun.succeed("export", "--onnx", "-o", exported);
        assertThat(run.out().strip()).isEqualTo(exported.toString());
        assertThat(run.err()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1, 16, 16", "3, 16, 16", "1, 24, 20", "3, 24, 20"})
    void transformerInTheBoxGivesTheSameVelocityInOnnxRuntime(int batch, int height, int width) throws OrtException {
        try (MmGen mmgen = MmGen.open(MmGen.SHAPES, MmGenOptions.DEFAULT.in(DType.FLOAT32));
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad();
                Generator generator = Generator.seeded(6)) {
            Tensor latents = Torch.randn(generator, DType.FLOAT32, batch, 32, height, width);
            Tensor times = Torch.rand(generator, DType.FLOAT32, batch, 32, 1, 1);
            Tensor labels = Torch.tensor(Arrays.copyOf(new long[] {4, 16, 0}, batch));
            Tensor tasks = Torch.tensor(Arrays.copyOf(new long[] {1, 0, 3}, batch));
            Map<String, float[]> outputs = run(
                    "transformer.onnx", Map.of("latents", latents, "times", times, "labels", labels, "tasks", tasks));
            assertClose(outputs.get("velocity"), mmgen.transformer().forward(latents, times, labels, tasks));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 64, 64", "3, 64, 64", "1, 48, 80", "3, 48, 80"})
    void autoencoderInTheBoxGivesTheSamePosteriorAndPixels(int batch, int height, int width) throws OrtException {
        try (MmGen mmgen = MmGen.shapes();
                TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad();
                Generator generator = Generator.seeded(7)) {
            Tensor pixels = Torch.rand(generator, DType.FLOAT32, batch, 3, height, width)
                    .mul(2)
                    .sub(1);
            try (Posterior posterior = mmgen.autoencoder().encode(pixels)) {
                Map<String, float[]> encoded = run("encoder.onnx", Map.of("pixels", pixels));
                assertClose(encoded.get("mean"), posterior.mean());
                assertClose(encoded.get("deviation"), posterior.std());
                Map<String, float[]> decoded = run("decoder.onnx", Map.of("latents", posterior.mean()));
                assertClose(decoded.get("pixels"), mmgen.autoencoder().decode(posterior.mean()));
            }
        }
    }

    private static Map<String, float[]> run(String file, Map<String, Tensor> inputs) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        Map<String, OnnxTensor> arguments = new HashMap<>();
        for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
            Tensor tensor = input.getValue();
            long[] shape = tensor.shape().toArray();
            arguments.put(
                    input.getKey(),
                    tensor.dtype() == DType.INT64
                            ? OnnxTensor.createTensor(environment, LongBuffer.wrap(tensor.toLongs()), shape)
                            : OnnxTensor.createTensor(environment, FloatBuffer.wrap(tensor.toFloats()), shape));
        }
        try (OrtSession session =
                        environment.createSession(exported.resolve(file).toString());
                OrtSession.Result result = session.run(arguments)) {
            Map<String, float[]> outputs = new HashMap<>();
            result.forEach(output -> outputs.put(
                    output.getKey(),
                    ((OnnxTensor) output.getValue()).getFloatBuffer().array()));
            return outputs;
        } finally {
            arguments.values().forEach(OnnxTensor::close);
        }
    }

    /** Asserts that the difference's RMS is at most 1e-4 of that of the right values. */
    private static void assertClose(float[] actual, Tensor expected) {
        float[] right = expected.toFloats();
        assertThat(actual).hasSameSizeAs(right);
        double error = 0;
        double power = 0;
        for (int i = 0; i < right.length; i++) {
            error += Math.pow(actual[i] - right[i], 2);
            power += Math.pow(right[i], 2);
        }
        assertThat(power).isPositive();
        assertThat(Math.sqrt(error / power)).isLessThanOrEqualTo(1e-4);
    }

    @Test
    void guideThatStaysOutIsTold() throws IOException {
        Path model = folder.resolve("model");
        try (var resources = ClasspathModel.open(MmGen.SHAPES.substring(ClasspathModel.PREFIX.length()))) {
            copy(resources.folder(), model);
            copy(resources.folder(), model.resolve(ModelFolder.GUIDE));
        }
        CommandRun run = CommandRun.succeed("export", "--onnx", "-m", model, "-o", folder.resolve("onnx"));
        assertThat(run.errorLines()).hasSize(1).first().asString().contains("guide", model.toString(), "mmgen convert");
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    @Test
    void formatMustBeNamed() {
        CommandRun run = CommandRun.of("export", "-o", folder.resolve("onnx"));
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.errorLines()).hasSize(1).first().asString().contains("--onnx", "mmgen export --help");
    }

    @Test
    void folderThatExistsIsLeftAlone() throws IOException {
        Path mine = Files.writeString(folder.resolve("mine.txt"), "mine");
        CommandRun run = CommandRun.of("export", "--onnx", "-o", folder);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errorLines()).hasSize(1).first().asString().contains(folder.toString(), "name a new one");
        assertThat(folder).isDirectoryContaining(path -> path.equals(mine));
    }

    @Test
    void modelThatIsMissingIsNamedAndNothingIsWritten() {
        Path absent = folder.resolve("absent");
        CommandRun run = CommandRun.of("export", "--onnx", "-m", absent, "-o", folder.resolve("onnx"));
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errorLines()).hasSize(1).first().asString().contains(absent.toString());
        assertThat(folder).isEmptyDirectory();
    }
}
