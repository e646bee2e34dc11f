package dev.mmgen.fuzz;

import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.TorchException;
import dev.mmgen.torch.distributed.Collective;
import dev.mmgen.torch.distributed.GroupConfig;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.distributed.ProcessGroupException;
import dev.mmgen.torch.distributed.ReduceOp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Sequences of exchanges between two ranks of one process, each on its thread: tensors of any form, handles left alone, tensors
 * closed under way, groups closed early, and now and then ranks that call different things, after which a new group is opened.
 */
final class GroupCalls implements Target {

    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    private static final int CALLS = 6;

    private final Path folder;
    private final ExecutorService second = Executors.newSingleThreadExecutor(
            task -> Thread.ofPlatform().daemon().name("rank 1").unstarted(task));
    private @Nullable ProcessGroup[] groups = new @Nullable ProcessGroup[2];
    private int opened;

    GroupCalls() {
        try {
            folder = Files.createTempDirectory("mmgen-groups");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Ranked {
        void run(int rank) throws Exception;
    }

    private void both(Ranked work) throws Exception {
        CompletableFuture<Void> other = CompletableFuture.runAsync(() -> quietly(work, 1), second);
        quietly(work, 0);
        other.join();
    }

    private static void quietly(Ranked work, int rank) {
        try {
            work.run(rank);
        } catch (ProcessGroupException | TorchException | IllegalArgumentException | IllegalStateException _) {
            // What the calls are allowed to end in.
        } catch (Exception e) {
            throw new AssertionError("rank " + rank, e);
        }
    }

    @Override
    public Input draw(RandomGenerator random) {
        return new CallSequence(random.nextLong(), this::run);
    }

    @Override
    public Input of(byte[] file) {
        return CallSequence.of(file, this::run);
    }

    private void run(long seed) throws Exception {
        if (groups[0] == null || groups[1] == null) {
            closeBoth();
            Path file = folder.resolve("group" + opened++);
            both(rank -> groups[rank] =
                    ProcessGroup.open(GroupConfig.of(rank, 2).withFile(file).withTimeout(TIMEOUT)));
        }
        boolean differ = new SplittableRandom(~seed).nextInt(100) == 0;
        both(rank -> exchange(rank, new SplittableRandom(differ ? seed + rank : seed)));
    }

    private void exchange(int rank, RandomGenerator random) throws Exception {
        ProcessGroup group = groups[rank];
        if (group == null) {
            return;
        }
        List<Collective> handles = new ArrayList<>();
        try (Generator generator = Generator.seeded(0);
                TensorScope _ = TensorScope.open()) {
            TensorArguments arguments = new TensorArguments(random, generator, TensorArguments::tensor);
            for (int i = 0; i < CALLS; i++) {
                try {
                    call(group, arguments, random, handles);
                } catch (IllegalArgumentException _) {
                    // The ranks go on together.
                }
            }
            for (Collective handle : handles) {
                if (random.nextInt(4) > 0) {
                    handle.await();
                }
            }
        } catch (ProcessGroupException | TorchException | IllegalStateException _) {
            group.close();
            groups[rank] = null;
        }
    }

    private static void call(
            ProcessGroup group, TensorArguments arguments, RandomGenerator random, List<Collective> handles) {
        Tensor tensor = arguments.tensor();
        ReduceOp reduction = ReduceOp.values()[random.nextInt(ReduceOp.values().length)];
        switch (random.nextInt(40)) {
            case 0 -> group.close();
            case 1 -> group.barrier();
            case 2 -> group.allGather("text " + random.nextInt());
            case 3 -> group.requireSame("the seed", "7", "Use one.");
            case 4 -> group.abort("an attack");
            case 5, 6, 7, 8, 9, 10 -> group.allGather(tensor);
            case 11, 12, 13, 14, 15, 16, 17 -> group.broadcast(tensor, random.nextInt(-1, 3));
            case 18, 19, 20, 21, 22 -> {
                handles.add(group.allReduceAsync(tensor, reduction));
                if (random.nextBoolean()) {
                    tensor.close();
                }
            }
            case 23, 24, 25 -> handles.add(group.broadcastAsync(tensor, random.nextInt(2)));
            default -> group.allReduce(tensor, reduction);
        }
    }

    private void closeBoth() {
        for (int rank = 0; rank < 2; rank++) {
            ProcessGroup group = groups[rank];
            if (group != null) {
                group.close();
                groups[rank] = null;
            }
        }
    }

    @Override
    public boolean isHelpful(Throwable failure) {
        return false;
    }

    @Override
    public void close() {
        closeBoth();
        second.shutdown();
        System.out.println(opened + " groups opened");
    }
}
