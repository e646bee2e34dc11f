package dev.mmgen.bench;

import dev.mmgen.model.Conditioning;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Libtorch;
import dev.mmgen.torch.LibtorchReport;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.Arrays;
import java.util.Locale;

/**
 * The number of threads that libtorch begins with against all others: {@code ThreadsBenchmark MOST [SIZE] [ROUNDS]} times forward
 * passes with 1 to MOST threads in turns, and prints what part of the best one's speed the default has. MOST is the machine's
 * number of processors: in a container and under {@code taskset} the JVM tells of fewer.
 */
public final class ThreadsBenchmark {

    private static final String USAGE = "ThreadsBenchmark MOST [SIZE] [ROUNDS]";

    private ThreadsBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Arguments.run(USAGE, arguments, ThreadsBenchmark::measure);
    }

    private static void measure(Arguments arguments) {
        int most = arguments.count(0);
        String size = arguments.size(1, "S");
        int rounds = arguments.count(2, 21);
        LibtorchReport start = Libtorch.describe();
        try (DiffusionTransformer model = new DiffusionTransformer(
                        TransformerConfig.sit(size + "/2").withoutProjectors());
                Generator generator = Generator.seeded(0);
                GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            model.initialize(generator);
            model.packMatrices();
            Tensor latents = Torch.randn(generator, DType.FLOAT32, 1, 16, 32, 32);
            Tensor time = Torch.full(0.5, DType.FLOAT32, Device.CPU, Shape.of(1, 16, 1, 1));
            Conditioning known = model.condition(time, Torch.tensor(new long[] {1}), null);
            double[][] millis = new double[Math.max(most, start.threads())][rounds];
            for (int round = -1; round < rounds; round++) {
                for (int threads = 1; threads <= millis.length; threads++) {
                    Torch.setThreads(threads);
                    // The first pass after a change starts and ends threads.
                    pass(model, latents, known);
                    double taken = pass(model, latents, known);
                    if (round >= 0) {
                        millis[threads - 1][round] = taken;
                    }
                }
            }
            print(
                    size,
                    start,
                    Arrays.stream(millis)
                            .mapToDouble(taken -> Times.of(taken).median())
                            .toArray());
        }
    }

    private static double pass(DiffusionTransformer model, Tensor latents, Conditioning known) {
        long start = System.nanoTime();
        try (Tensor _ = model.forward(latents, known)) {
            return (System.nanoTime() - start) / 1e6;
        }
    }

    private static void print(String size, LibtorchReport start, double[] medians) {
        int best = 1;
        for (int threads = 1; threads <= medians.length; threads++) {
            if (medians[threads - 1] < medians[best - 1]) {
                best = threads;
            }
            System.out.printf(
                    Locale.ROOT, "SiT-%s/2, %d threads  median %8.1f ms%n", size, threads, medians[threads - 1]);
        }
        System.out.printf(
                Locale.ROOT,
                "default %d (%s): %.2f of the speed of the best, %d%n",
                start.threads(),
                start.threadsSource(),
                medians[best - 1] / medians[start.threads() - 1],
                best);
    }
}
