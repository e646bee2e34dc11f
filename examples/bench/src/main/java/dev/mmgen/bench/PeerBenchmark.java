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
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Times one forward pass here against ONNX Runtime's on the same weights, in one process and in turns, so that whatever else
 * the machine does hits both: {@code PeerBenchmark [SIZES] [TURNS] [JSON-FILE]}, for example
 * {@code PeerBenchmark S,B,XL 20 peers.json}. Batch 1, one label, as many threads there as here.
 *
 * <p>A turn is one pass without a clock, which finds the caches and sleeping threads that the other left, and then
 * {@value #PASSES} with one, of which the median counts. The ratio is the median over the turns of the time here divided by ONNX
 * Runtime's in the same turn.
 */
public final class PeerBenchmark {

    private static final int PASSES = 3;
    private static final int WARM_UP_TURNS = 2;

    /** One forward pass, whose result is dropped. */
    private interface Pass {
        void run() throws OrtException;
    }

    /** A pass that takes part, with the time of each of its turns in milliseconds. */
    private record Contestant(String name, Pass pass, double[] millis) {}

    /**
     * The times of one contestant in milliseconds.
     *
     * @param quarter       a quarter of the turns were faster
     * @param threeQuarters a quarter of the turns were slower
     * @param ratio         to ONNX Runtime's time, below 1 where that is slower
     */
    record Timing(String name, double median, double quarter, double threeQuarters, double fastest, double ratio) {}

    /**
     * The times of all contestants on one size.
     *
     * @param difference of the results in fp32: RMS, relative
     */
    record Comparison(String size, double difference, List<Timing> timings) {}

    /** Everything measured in one run. */
    record Report(int threads, String onnxRuntime, int turns, List<Comparison> comparisons) {}

    private PeerBenchmark() {}

    public static void main(String[] arguments) throws IOException, OrtException {
        String[] sizes = (arguments.length > 0 ? arguments[0] : "S,B").split(",");
        int turns = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 15;
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
        if (arguments.length > 2) {
            JsonMapper mapper = JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build();
            mapper.writeValue(Path.of(arguments[2]).toFile(), new Report(Torch.threads(), version, turns, comparisons));
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
            Tensor labels = Torch.tensor(new long[] {207});
            Tensor tasks = Torch.tensor(new long[] {0});
            Map<String, Tensor> inputs = Map.of("latents", latents, "times", times, "labels", labels, "tasks", tasks);
            try (OnnxPeer peer = new OnnxPeer(file, inputs, Torch.threads())) {
                Contestant onnx = new Contestant("ONNX Runtime fp32", peer::run, new double[turns]);
                List<Contestant> contestants = List.of(
                        new Contestant(
                                "mmgen fp32",
                                () -> model.forward(latents, times, labels, tasks)
                                        .close(),
                                new double[turns]),
                        onnx,
                        new Contestant(
                                "mmgen bf16",
                                () -> half.forward(latents, times, labels, tasks)
                                        .close(),
                                new double[turns]),
                        new Contestant(
                                "mmgen int8",
                                () -> eight.forward(latents, times, labels, tasks)
                                        .close(),
                                new double[turns]));
                double difference = difference(model.forward(latents, times, labels, tasks), peer.velocity());
                runInTurns(contestants, turns);
                return new Comparison(size, difference, timings(contestants, onnx));
            }
        } finally {
            AtomicFolder.delete(folder);
        }
    }

    private static double difference(Tensor expected, float[] actual) {
        float[] right = expected.toFloats();
        double error = 0;
        double power = 0;
        for (int i = 0; i < right.length; i++) {
            error += Math.pow(actual[i] - right[i], 2);
            power += Math.pow(right[i], 2);
        }
        return Math.sqrt(error / power);
    }

    private static void runInTurns(List<Contestant> contestants, int turns) throws OrtException {
        for (int turn = -WARM_UP_TURNS; turn < turns; turn++) {
            for (Contestant contestant : contestants) {
                double millis = turn(contestant.pass());
                if (turn >= 0) {
                    contestant.millis()[turn] = millis;
                }
            }
        }
    }

    private static double turn(Pass pass) throws OrtException {
        pass.run();
        double[] millis = new double[PASSES];
        for (int i = 0; i < PASSES; i++) {
            long start = System.nanoTime();
            pass.run();
            millis[i] = (System.nanoTime() - start) / 1e6;
        }
        return quantile(millis, 0.5);
    }

    private static List<Timing> timings(List<Contestant> contestants, Contestant peer) {
        List<Timing> timings = new ArrayList<>();
        for (Contestant contestant : contestants) {
            double[] millis = contestant.millis();
            double[] ratios = new double[millis.length];
            Arrays.setAll(ratios, turn -> millis[turn] / peer.millis()[turn]);
            timings.add(new Timing(
                    contestant.name(),
                    quantile(millis, 0.5),
                    quantile(millis, 0.25),
                    quantile(millis, 0.75),
                    quantile(millis, 0),
                    quantile(ratios, 0.5)));
        }
        return timings;
    }

    private static double quantile(double[] values, double share) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) (share * (sorted.length - 1))];
    }

    private static void print(Comparison comparison) {
        System.out.printf(
                Locale.ROOT, "%s, results differ by %.1e of RMS%n", comparison.size(), comparison.difference());
        for (Timing timing : comparison.timings()) {
            System.out.printf(
                    Locale.ROOT,
                    "  %-18s median %7.1f ms (quartiles %.1f to %.1f), fastest %7.1f ms, ratio %.2f%n",
                    timing.name(),
                    timing.median(),
                    timing.quarter(),
                    timing.threeQuarters(),
                    timing.fastest(),
                    timing.ratio());
        }
    }
}
