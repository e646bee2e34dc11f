package dev.mmgen.train;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.distributed.GroupConfig;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.distributed.ProcessGroupException;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.train.batch.BatchSource;
import dev.mmgen.train.batch.TrainingBatch;
import dev.mmgen.train.checkpoint.Checkpointing;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.LoaderPosition;
import dev.mmgen.train.random.Draws;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Rank 1 of a training by two processes: the same as the test's own, or with a fault that its last argument names. */
final class RankProcess {

    /** The group of this process; ranks that hang end the test within its timeout. */
    static ProcessGroup open(int rank, int port) {
        return ProcessGroup.open(GroupConfig.of(rank, 2).at("127.0.0.1", port).withTimeout(Duration.ofSeconds(30)));
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    static TrainingPlan plan(long steps) {
        return TinyTraining.PLAN.withBatches(4, 4).withSteps(steps).withCheckpointing(Checkpointing.every(5));
    }

    static Process start(int port, long steps, Path folder, String fault) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                RankProcess.class.getName(),
                Integer.toString(port),
                Long.toString(steps),
                folder.toString(),
                fault));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    public static void main(String[] arguments) {
        Torch.setThreads(1);
        String fault = arguments[3];
        TrainingPlan plan = plan(Long.parseLong(arguments[1]));
        if (fault.equals("other-seed")) {
            plan = plan.withSeed(99);
        }
        try (ProcessGroup group = open(1, Integer.parseInt(arguments[0]));
                DiffusionTransformer model = plan.newModel();
                BatchSource batches =
                        fault.equals("halt") ? new Halting(TinyTraining.batches(plan)) : TinyTraining.batches(plan);
                Trainer trainer = new Trainer(plan, model, batches, Parallelism.NONE.withGroup(group))) {
            switch (fault) {
                case "drift" -> spoil(model, 1.5f);
                case "nan" -> spoil(model, Float.NaN);
                default -> {}
            }
            try (TrainingRun<StepReport> run = TrainingRun.open(Path.of(arguments[2]), trainer)) {
                run.train();
            }
            System.out.println("weights " + checksum(model));
        } catch (ProcessGroupException | TrainingException | IllegalArgumentException e) {
            System.out.println(e.getMessage());
        }
    }

    /** Batches in whose midst the process ends, as by kill -9: in step 8 of 4 micro-batches. */
    private record Halting(BatchSource source, AtomicInteger drawn) implements BatchSource {

        Halting(BatchSource source) {
            this(source, new AtomicInteger());
        }

        @Override
        public TrainingBatch next(Draws draws) {
            if (drawn.incrementAndGet() == 30) {
                Runtime.getRuntime().halt(9);
            }
            return source.next(draws);
        }

        @Override
        public String fingerprint() {
            return source.fingerprint();
        }

        @Override
        public LoaderPosition position() {
            return source.position();
        }

        @Override
        public void moveTo(LoaderPosition position) {
            source.moveTo(position);
        }

        @Override
        public EpochSize epochSize() {
            return new EpochSize(10, 1);
        }

        @Override
        public void close() {
            source.close();
        }
    }

    private static void spoil(DiffusionTransformer model, float value) {
        Parameter first = model.parameters().values().stream()
                .filter(parameter -> parameter.value().requiresGrad())
                .findFirst()
                .orElseThrow();
        try (var _ = Torch.noGrad();
                Tensor number = Torch.scalar(value)) {
            first.value().copy_(number);
        }
    }

    /** Returns a checksum of all weights, to compare to the bit. */
    static String checksum(DiffusionTransformer model) {
        try (StateDict weights = model.state()) {
            return Long.toHexString(weights.checksum());
        }
    }

    private RankProcess() {}
}
