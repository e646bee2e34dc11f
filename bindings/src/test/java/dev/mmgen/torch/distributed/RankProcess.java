package dev.mmgen.torch.distributed;

import dev.mmgen.torch.ChildJvm;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.StandInNccl;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/** A process of a group under test: does what its first argument names, and prints the outcome. */
final class RankProcess {

    private static final long LARGE = 300_001;

    private RankProcess() {}

    static ChildJvm start(String what, int rank, int size, String place) throws IOException {
        return start(what, rank, size, place, Placement.MAIN_MEMORY);
    }

    static ChildJvm start(String what, int rank, int size, String place, Placement placement) throws IOException {
        return ChildJvm.start(
                List.of("-Xshare:auto", "-Dmmgen.test.nccl=" + System.getProperty("mmgen.test.nccl")),
                RankProcess.class,
                what,
                Integer.toString(rank),
                Integer.toString(size),
                place,
                placement.name());
    }

    private static void closeMeanwhile(ProcessGroup group, Placement placement) {
        try (Tensor large = placement.place(Torch.ones(10_000_000), group.rank())) {
            Collective exchange = group.allReduceAsync(large, ReduceOp.SUM);
            CompletableFuture<Void> closing = CompletableFuture.runAsync(group::close);
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
        Placement placement = Placement.valueOf(args[4]);
        try (ProcessGroup group = placement.open(config(rank, size, args[3]))) {
            switch (args[0]) {
                case "all" -> exchangeAll(group, placement);
                case "vanish" -> Runtime.getRuntime().halt(9);
                case "abort" -> {
                    group.abort("No space left on device");
                    group.close();
                }
                case "sleep" -> Thread.sleep(60_000);
                case "closed-meanwhile" -> closeMeanwhile(group, placement);
                case "other-shape" -> group.allReduce(placement.place(Torch.zeros(7), rank), ReduceOp.SUM);
                case "eight" -> group.allReduce(placement.place(Torch.zeros(8), rank), ReduceOp.SUM);
                case "other-release" -> {
                    StandInNccl.fail("other");
                    group.allReduce(Torch.zeros(8), ReduceOp.SUM);
                }
                case "die-inside" -> {
                    group.allReduce(Torch.zeros(8), ReduceOp.SUM);
                    StandInNccl.fail("die");
                    group.allReduce(Torch.zeros(8), ReduceOp.SUM);
                }
                case "groups" -> {}
                default -> throw new IllegalArgumentException(args[0]);
            }
        } catch (ProcessGroupException e) {
            System.out.println("refused: " + e.getMessage());
        }
        if (args[0].equals("groups")) {
            for (int i = 1; i < 5; i++) {
                placement.open(config(rank, size, args[3])).close();
            }
        }
        System.out.println("done");
    }

    /** Each rank holds random numbers of its own seed, so that every rank can tell what the result must be. */
    static void exchangeAll(ProcessGroup group, Placement placement) {
        for (DType type : List.of(DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16, DType.FLOAT16, DType.INT64)) {
            for (long elements : new long[] {1, 1000, LARGE}) {
                try (TensorScope _ = TensorScope.open()) {
                    checkAll(group, placement, type, elements);
                }
            }
        }
        try (TensorScope _ = TensorScope.open()) {
            require(group.allGather("ä" + group.rank()).equals(List.of("ä0", "ä1")), "texts");
            Collective[] running = new Collective[4];
            Tensor[] parts = new Tensor[4];
            for (int i = 0; i < 4; i++) {
                parts[i] = placement.place(Torch.tensor(new float[] {i + group.rank()}, 1), group.rank());
                running[i] = group.allReduceAsync(parts[i], ReduceOp.SUM);
            }
            for (int i = 3; i >= 0; i--) {
                running[i].await();
                require(parts[i].item() == 2 * i + 1, "sum " + i + " under way with others");
            }
            group.allReduce(placement.place(Torch.zeros(0, 3), group.rank()), ReduceOp.SUM);
        }
        group.barrier();
        group.requireSame("the weather", "fine", "Wait.");
    }

    private static void checkAll(ProcessGroup group, Placement placement, DType type, long elements) {
        Tensor[] all = new Tensor[group.size()];
        for (int i = 0; i < all.length; i++) {
            try (Generator generator = Generator.seeded(100 + i)) {
                Tensor drawn =
                        Torch.randn(generator, DType.FLOAT32, elements).mul(100).to(type);
                all[i] = placement.place(drawn, group.rank());
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
