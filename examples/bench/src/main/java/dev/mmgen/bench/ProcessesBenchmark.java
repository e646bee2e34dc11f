package dev.mmgen.bench;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.distributed.Collective;
import dev.mmgen.torch.distributed.GroupConfig;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.distributed.ReduceOp;
import dev.mmgen.train.Parallelism;
import dev.mmgen.train.Precision;
import dev.mmgen.train.Trainer;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.batch.LatentsInMemory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Training steps of the official recipe by two processes with one half of the threads each, against one process with all of them:
 * medians. Its parts are measured too: the step of one process's samples alone, the exchange of as many bytes as the gradients have,
 * and the step with exchanges after the backward pass and during it.
 *
 * <p>Arguments: size (S), samples (16), precision (float32), steps (5), threads (2). Where a launcher has set its variables this is one
 * of its processes, on whatever network lies between them, and there is no process to compare with.
 */
public final class ProcessesBenchmark {

    private static final String USAGE = "ProcessesBenchmark [SIZE] [SAMPLES] [PRECISION] [STEPS] [THREADS]";
    private static final int PROCESSES = 2;
    private static final int WARM_UP = 2;
    private static final int BUCKET_ELEMENTS = (25 << 20) / Float.BYTES;

    private final Arguments arguments;
    private final TransformerConfig shape;
    private final int samples;
    private final Precision precision;
    private final int steps;
    private final int threads;

    private ProcessesBenchmark(Arguments arguments) {
        this.arguments = arguments;
        this.shape = TransformerConfig.sit(arguments.size(0, "S") + "/2");
        this.samples = arguments.count(1, 16);
        this.precision = arguments.precision(2);
        this.steps = arguments.count(3, 5);
        this.threads = arguments.count(4, 2);
    }

    /** Measures, or is one of the processes that are measured. */
    public static void main(String[] arguments) throws Exception {
        Arguments.run(USAGE, arguments, ProcessesBenchmark::measure);
    }

    private static void measure(Arguments arguments) throws Exception {
        ProcessesBenchmark benchmark = new ProcessesBenchmark(arguments);
        Optional<GroupConfig> place = GroupConfig.fromEnvironment();
        if (place.isEmpty()) {
            benchmark.compare();
            return;
        }
        try (ProcessGroup group = ProcessGroup.open(place.get())) {
            benchmark.together(group);
        }
    }

    private void compare() throws IOException, InterruptedException {
        Torch.setThreads(threads);
        System.out.printf(
                Locale.ROOT,
                "one process of %d threads: a step of %d samples takes %.0f ms%n",
                threads,
                samples,
                1e3 * step(samples, 1, Parallelism.NONE));
        int port = freePort();
        List<Process> processes = new ArrayList<>();
        for (int rank = 0; rank < PROCESSES; rank++) {
            processes.add(start(rank, port));
        }
        for (Process process : processes) {
            process.waitFor();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Process start(int rank, int port) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ProcessesBenchmark.class.getName()));
        command.addAll(arguments.from(0));
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment()
                .putAll(Map.of(
                        "RANK", Integer.toString(rank),
                        "WORLD_SIZE", Integer.toString(PROCESSES),
                        "MASTER_ADDR", "127.0.0.1",
                        "MASTER_PORT", Integer.toString(port),
                        "GLOO_SOCKET_IFNAME", "lo",
                        "OMP_NUM_THREADS", Integer.toString(Math.max(1, threads / PROCESSES))));
        return builder.start();
    }

    private void together(ProcessGroup group) {
        Torch.setThreads(Math.max(1, threads / group.size()));
        Parallelism hands = Parallelism.NONE.withGroup(group);
        group.barrier();
        double own = step(samples / group.size(), 1, Parallelism.NONE);
        double exchange = exchange(group);
        group.barrier();
        double behind = step(samples, group.size(), hands.withOverlap(false));
        double during = step(samples, group.size(), hands);
        if (group.isFirst()) {
            double megabytes = elements() * Float.BYTES / 1e6;
            System.out.printf(
                    Locale.ROOT,
                    "%d processes of %d threads: their own %d samples alone take %.0f ms, the exchange of %.0f MB alone %.0f ms"
                            + " (%.0f MB/s)%n",
                    group.size(),
                    Torch.threads(),
                    samples / group.size(),
                    1e3 * own,
                    megabytes,
                    1e3 * exchange,
                    megabytes / exchange);
            System.out.printf(
                    Locale.ROOT,
                    "a step of %d samples takes %.0f ms with exchanges behind the backward pass, %.0f ms during it%n",
                    samples,
                    1e3 * behind,
                    1e3 * during);
        }
    }

    private long elements() {
        try (DiffusionTransformer model = new DiffusionTransformer(shape)) {
            return model.parameters().values().stream()
                    .filter(parameter -> !parameter.isFrozen())
                    .mapToLong(parameter -> parameter.shape().elements())
                    .sum();
        }
    }

    /** Returns the median seconds of a step. */
    private double step(int batch, int microBatches, Parallelism hands) {
        TrainingPlan plan =
                TrainingPlan.released(shape).withBatches(batch, microBatches).withPrecision(precision);
        try (DiffusionTransformer model = plan.newModel();
                var batches = new LatentsInMemory(TrainingBenchmark.samples(2 * batch), plan.microBatch(), 0);
                Trainer trainer = new Trainer(plan, model, batches, hands)) {
            return median(trainer::step);
        }
    }

    /** Returns the median seconds of an exchange of the gradients' bytes, in buckets of 25 MB as training has them. */
    private double exchange(ProcessGroup group) {
        int buckets = Math.toIntExact(Math.ceilDiv(elements(), BUCKET_ELEMENTS));
        try (Tensor bucket = Torch.zeros(elements() / buckets).to(DType.FLOAT32);
                Tensor other = Torch.zeros(elements() / buckets).to(DType.FLOAT32)) {
            return median(() -> {
                Deque<Collective> running = new ArrayDeque<>();
                for (int i = 0; i < buckets; i++) {
                    if (running.size() == 2) {
                        running.removeFirst().await();
                    }
                    running.add(group.allReduceAsync(i % 2 == 0 ? bucket : other, ReduceOp.SUM));
                }
                running.forEach(Collective::await);
            });
        }
    }

    private double median(Runnable work) {
        double[] seconds = new double[steps];
        for (int i = -WARM_UP; i < steps; i++) {
            long began = System.nanoTime();
            work.run();
            if (i >= 0) {
                seconds[i] = (System.nanoTime() - began) / 1e9;
            }
        }
        return Times.of(seconds).median();
    }
}
