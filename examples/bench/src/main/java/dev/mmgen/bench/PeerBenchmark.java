package dev.mmgen.bench;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.onnx.OnnxExport;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.io.AtomicFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Times one forward pass here against ONNX Runtime's on the same weights, in one process and in turns, so that whatever else
 * the machine does hits both: {@code PeerBenchmark [SIZES] [TURNS] [JSON-FILE]}, for example
 * {@code PeerBenchmark S,B,XL 20 peers.json}. Batch 1, one label, as many threads there as here. Beside it stand the same products of
 * matrices alone, in float32 and bfloat16: the limit of a pass. How turns are timed is said at {@link Contest}.
 */
public final class PeerBenchmark {

    private static final String USAGE = "PeerBenchmark [SIZES] [TURNS] [JSON-FILE]";

    /**
     * The times of all contestants on one size.
     *
     * @param difference of the results in fp32: RMS, relative
     */
    record Comparison(String size, double difference, List<Contest.Timing> timings) {}

    /** Everything measured in one run. */
    record Report(int threads, String onnxRuntime, int turns, List<Comparison> comparisons) {}

    /** The arguments of a pass. */
    private record Inputs(Tensor latents, Tensor times, Tensor labels, Tensor tasks) {

        Tensor pass(DiffusionTransformer model) {
            return model.forward(latents, times, labels, tasks);
        }

        Map<String, Tensor> byName() {
            return Map.of("latents", latents, "times", times, "labels", labels, "tasks", tasks);
        }
    }

    private PeerBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Arguments.run(USAGE, arguments, PeerBenchmark::measure);
    }

    private static void measure(Arguments arguments) throws IOException, OrtException {
        List<String> sizes = arguments.sizes(0, "S,B");
        int turns = arguments.count(1, 15);
        Path json = arguments.has(2) ? arguments.newFile(2) : null;
        String version = OrtEnvironment.getEnvironment().getVersion();
        System.out.printf(
                Locale.ROOT,
                "batch 1, one label, %d threads, ONNX Runtime %s, %d turns%n",
                Torch.threads(),
                version,
                turns);
        List<Comparison> comparisons = new ArrayList<>();
        for (String size : sizes) {
            Comparison comparison = compare("SiT-" + size + "/2", turns);
            print(comparison);
            comparisons.add(comparison);
        }
        if (json != null) {
            JsonMapper mapper = JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build();
            mapper.writeValue(json.toFile(), new Report(Torch.threads(), version, turns, comparisons));
        }
    }

    private static Comparison compare(String size, int turns) throws IOException, OrtException {
        TransformerConfig config = TransformerConfig.sit(size).withoutProjectors();
        Path folder = Files.createTempDirectory("mmgen-peer");
        try (DiffusionTransformer model = RandomTransformer.of(config);
                DiffusionTransformer half = RandomTransformer.copy(model, DType.BFLOAT16);
                DiffusionTransformer eight = RandomTransformer.copy(model, DType.FLOAT32);
                Generator generator = Generator.seeded(1);
                GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            Path file = folder.resolve(OnnxExport.TRANSFORMER);
            OnnxExport.writeTransformer(model, file);
            model.packMatrices();
            half.packMatrices();
            eight.packMatrices();
            eight.quantize();
            Tensor latents = Torch.randn(generator, DType.FLOAT32, 1, config.inputChannels(), 32, 32);
            Tensor times = Torch.rand(generator, DType.FLOAT32, 1, config.inputChannels(), 1, 1);
            Inputs inputs = new Inputs(latents, times, Torch.tensor(new long[] {207}), Torch.tensor(new long[] {0}));
            long tokens = latents.size(2) / config.patchSize() * latents.size(3) / config.patchSize();
            ProductsAlone products = new ProductsAlone(model, tokens, generator);
            ProductsAlone halfProducts = new ProductsAlone(half, tokens, generator);
            try (OnnxPeer peer = new OnnxPeer(file, inputs.byName(), Torch.threads())) {
                Contest contest = new Contest(peer, turns)
                        .with("mmgen fp32", () -> inputs.pass(model).close())
                        .with("products fp32", products::run)
                        .with("mmgen bf16", () -> inputs.pass(half).close())
                        .with("products bf16", halfProducts::run)
                        .with("mmgen int8", () -> inputs.pass(eight).close());
                double difference = OnnxPeer.difference(inputs.pass(model), peer.result());
                return new Comparison(size, difference, contest.run());
            }
        } finally {
            AtomicFolder.delete(folder);
        }
    }

    private static void print(Comparison comparison) {
        System.out.printf(
                Locale.ROOT, "%s, results differ by %.1e of RMS%n", comparison.size(), comparison.difference());
        Contest.print(comparison.timings());
    }
}
