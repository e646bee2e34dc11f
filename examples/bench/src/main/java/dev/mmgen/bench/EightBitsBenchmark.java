package dev.mmgen.bench;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.Locale;

/**
 * Eight bits against float32 and bfloat16 on the same random weights, in turns: {@code EightBitsBenchmark SIZE [TURNS] [THREADS] [STEPS]},
 * for example {@code EightBitsBenchmark XL 9 2 30}. Batch 1, one label. Prints the time of a pass and that of the calling thread on a
 * processor, which is the work itself where THREADS is 1 and the machine is busy, and the error of a pass and of an Euler run against
 * float32, relative to its root mean square.
 */
public final class EightBitsBenchmark {

    private static final String USAGE = "EightBitsBenchmark SIZE [TURNS] [THREADS] [STEPS]";
    private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();

    private final List<Contestant> contestants;
    private final Tensor latents;
    private final Tensor labels = Torch.tensor(new long[] {207});

    /** A model with the times of its passes in milliseconds. */
    private record Contestant(String name, DiffusionTransformer model, double[] millis, double[] processor) {}

    private EightBitsBenchmark(List<Contestant> contestants, Tensor latents) {
        this.contestants = contestants;
        this.latents = latents;
    }

    public static void main(String[] arguments) throws Exception {
        Arguments.run(USAGE, arguments, EightBitsBenchmark::measure);
    }

    private static void measure(Arguments arguments) {
        String size = arguments.size(0, "");
        int turns = arguments.count(1, 9);
        int steps = arguments.count(3, 30);
        Torch.setThreads(arguments.count(2, Torch.threads()));
        TransformerConfig config = TransformerConfig.sit("SiT-" + size + "/2").withoutProjectors();
        try (DiffusionTransformer single = RandomTransformer.of(config);
                DiffusionTransformer half = RandomTransformer.copy(single, DType.BFLOAT16);
                DiffusionTransformer eight = RandomTransformer.copy(single, DType.FLOAT32);
                DiffusionTransformer halfAndEight = RandomTransformer.copy(single, DType.BFLOAT16);
                Generator generator = Generator.seeded(1);
                GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            List<Contestant> contestants = List.of(
                    contestant("float32", single, turns),
                    contestant("bfloat16", half, turns),
                    contestant("int8, rest float32", eight, turns),
                    contestant("int8, rest bfloat16", halfAndEight, turns));
            eight.quantize();
            halfAndEight.quantize();
            Tensor latents = Torch.randn(generator, DType.FLOAT32, 1, config.inputChannels(), 32, 32);
            System.out.printf(Locale.ROOT, "SiT-%s/2, batch 1, %d threads, %d turns%n", size, Torch.threads(), turns);
            EightBitsBenchmark benchmark = new EightBitsBenchmark(contestants, latents);
            benchmark.time(turns);
            benchmark.compare(steps);
        }
    }

    private static Contestant contestant(String name, DiffusionTransformer model, int turns) {
        model.packMatrices();
        return new Contestant(name, model, new double[turns], new double[turns]);
    }

    private void time(int turns) {
        for (int turn = -1; turn < turns; turn++) {
            for (Contestant each : contestants) {
                long start = System.nanoTime();
                long processor = CLOCK.getCurrentThreadCpuTime();
                pass(each, latents, 0.5).close();
                if (turn >= 0) {
                    each.millis()[turn] = (System.nanoTime() - start) / 1e6;
                    each.processor()[turn] = (CLOCK.getCurrentThreadCpuTime() - processor) / 1e6;
                }
            }
        }
        for (Contestant each : contestants) {
            Times millis = Times.of(each.millis());
            Times processor = Times.of(each.processor());
            System.out.printf(
                    Locale.ROOT,
                    "  %-20s median %7.1f ms, fastest %7.1f ms; of one thread %7.1f ms, fastest %7.1f ms%n",
                    each.name(),
                    millis.median(),
                    millis.fastest(),
                    processor.median(),
                    processor.fastest());
        }
    }

    private void compare(int steps) {
        Contestant exact = contestants.getFirst();
        Tensor velocity = pass(exact, latents, 0.5);
        Tensor drawn = run(exact, steps);
        for (Contestant each : contestants.subList(1, contestants.size())) {
            System.out.printf(
                    Locale.ROOT,
                    "  %-20s error of a pass %.4f, of %d steps %.4f%n",
                    each.name(),
                    error(pass(each, latents, 0.5), velocity),
                    steps,
                    error(run(each, steps), drawn));
        }
    }

    private Tensor pass(Contestant contestant, Tensor state, double time) {
        Tensor times = Torch.full(time, DType.FLOAT32, Device.CPU, Shape.of(1, state.size(1), 1, 1));
        return contestant.model().forward(state, times, labels, null);
    }

    /** Goes from noise, at time 1, to time 0. */
    private Tensor run(Contestant contestant, int steps) {
        return TensorScope.keeping(() -> {
            Tensor state = latents;
            for (int i = 0; i < steps; i++) {
                Tensor velocity = pass(contestant, state, 1 - (double) i / steps);
                state = state.sub(velocity.to(DType.FLOAT32).mul(1.0 / steps));
            }
            return state;
        });
    }

    private static double error(Tensor found, Tensor exact) {
        return found.to(DType.FLOAT32).sub(exact).norm().item() / exact.norm().item();
    }
}
