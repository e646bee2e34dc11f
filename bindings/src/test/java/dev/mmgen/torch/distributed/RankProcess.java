package dev.mmgen.torch.distributed;

import dev.mmgen.torch.ChildJvm;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A process of a group under test: does what its first argument names, and prints the outcome. */
final class RankProcess {

    private static final long LARGE = 300_001;

    private RankProcess() {}

    static ChildJvm start(String what, int rank, int size, String place) throws IOException {
        return ChildJvm.start(
                List.of("-Xshare:auto"),
                RankProcess.class,
                what,
                Integer.toString(rank),
                Integer.toString(size),
                place);
    }

    private static void closeMeanwhile(ProcessGroup group) throws InterruptedException {
        try (Tensor large = Torch.ones(10_000_000)) {
            Collective exchange = group.allReduceAsync(large, ReduceOp.SUM);
            Thread closing = Thread.ofPlatform().start(group::close);
            try {
                exchange.await();
            } catch (IllegalStateException | ProcessGroupException e) {
                // The closing thread was first.
            }
            closing.join();
        }
    }

    static GroupConfig config(int rank, int size, String place) {
        GroupConfig config = GroupConfig.of(rank, size).withTimeout(Duration.ofSeconds(20));
        return place.startsWith("/")
                ? config.withFile(Path.of(place))
                : config.at("127.0.0.1", Integer.parseInt(place));
    }

    public static void main(String[] args) throws Exception {
        Torch.setThreads(1);
        int rank = Integer.parseInt(args[1]);
        int size = Integer.parseInt(args[2]);
        if (args[0].equals("sleep")) {
            System.out.println("ready");
        }
        try (ProcessGroup group = ProcessGroup.open(config(rank, size, args[3]))) {
            switch (args[0]) {
                case "all" -> exchangeAll(group);
                case "vanish" -> Runtime.getRuntime().halt(9);
                case "abort" -> {
                    group.abort("No space left on device");
                    group.close();
                }
                case "sleep" -> Thread.sleep(60_000);
                case "closed-meanwhile" -> closeMeanwhile(group);
                case "other-shape" -> group.allReduce(Torch.zeros(7), ReduceOp.SUM);
                case "groups" -> {}
                default -> throw new IllegalArgumentException(args[0]);
            }
        } catch (ProcessGroupException e) {
            System.out.println("refused: " + e.getMessage());
        }
        if (args[0].equals("groups")) {
            for (int i = 1; i < 5; i++) {
                ProcessGroup.open(config(rank, size, args[3])).close();
            }
        }
        System.out.println("done");
    }

    /** Each rank holds random numbers of its own seed, so that every rank can tell what the result must be. */
    static void exchangeAll(ProcessGroup group) {
        for (DType type : List.of(DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16, DType.FLOAT16, DType.INT64)) {
            for (long elements : new long[] {1, 1000, LARGE}) {
                try (TensorScope _ = TensorScope.open()) {
                    checkAll(group, type, elements);
                }
            }
        }
        try (TensorScope _ = TensorScope.open()) {
            require(group.allGather("ä" + group.rank()).equals(List.of("ä0", "ä1")), "texts");
            Collective[] running = new Collective[4];
            Tensor[] parts = new Tensor[4];
            for (int i = 0; i < 4; i++) {
                parts[i] = Torch.tensor(new float[] {i + group.rank()}, 1);
                running[i] = group.allReduceAsync(parts[i], ReduceOp.SUM);
            }
            for (int i = 3; i >= 0; i--) {
                running[i].await();
                require(parts[i].item() == 2 * i + 1, "sum " + i + " under way with others");
            }
            group.allReduce(Torch.zeros(0, 3), ReduceOp.SUM);
        }
        group.barrier();
        group.requireSame("the weather", "fine", "Wait.");
    }

    private static void checkAll(ProcessGroup group, DType type, long elements) {
        Tensor[] all = new Tensor[group.size()];
        for (int i = 0; i < all.length; i++) {
            try (Generator generator = Generator.seeded(100 + i)) {
                all[i] =
                        Torch.randn(generator, DType.FLOAT32, elements).mul(100).to(type);
            }
        }
        String name = type.torchName() + "[" + elements + "]";
        Tensor sum = all[group.rank()].copy();
        group.allReduce(sum, ReduceOp.SUM);
        requireEqual(sum, Torch.stack(List.of(all), 0).sum(0), "sum of " + name);
        Tensor largest = all[group.rank()].copy();
        group.allReduce(largest, ReduceOp.MAX);
        requireEqual(largest, all[0].maximum(all[1]), "maximum of " + name);
        if (type != DType.INT64) {
            Tensor mean = all[group.rank()].copy();
            group.allReduce(mean, ReduceOp.MEAN);
            requireEqual(mean, all[0].add(all[1]).div(2), "mean of " + name);
        }
        Tensor sent = all[group.rank()].copy();
        group.broadcast(sent, 1);
        requireEqual(sent, all[1], "broadcast of " + name);
        requireEqual(group.allGather(all[group.rank()]), Torch.stack(List.of(all), 0), "all-gather of " + name);
    }

    private static void requireEqual(Tensor found, Tensor expected, String what) {
        require(
                found.shape().equals(expected.shape()) && Arrays.equals(found.toDoubles(), expected.toDoubles()),
                String.format(Locale.ROOT, "%s is %s", what, found));
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
