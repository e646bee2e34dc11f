package dev.mmgen.train;

import dev.mmgen.torch.distributed.GroupConfig;
import dev.mmgen.torch.distributed.ProcessGroup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Two ranks in this process, each on a thread of its own, that meet in a file. */
final class TwoRanks {

    private TwoRanks() {}

    /** The work of a rank. */
    interface Work<T> {
        T of(ProcessGroup group) throws Exception;
    }

    /** Returns what the ranks return, that of rank 0 first; an exception of either is thrown once both have ended. */
    static <T> List<T> run(Path file, Work<T> work) throws Exception {
        List<CompletableFuture<T>> ranks = List.of(start(file, 0, work), start(file, 1, work));
        try {
            CompletableFuture.allOf(ranks.get(0), ranks.get(1)).get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
        return ranks.stream().map(CompletableFuture::join).toList();
    }

    private static <T> CompletableFuture<T> start(Path file, int rank, Work<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        GroupConfig config = GroupConfig.of(rank, 2).withFile(file).withTimeout(Duration.ofSeconds(20));
        Thread.ofPlatform().daemon().name("rank " + rank).start(() -> {
            try {
                // The group is closed by then: it still writes to its file.
                result.complete(inGroup(config, work));
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private static <T> T inGroup(GroupConfig config, Work<T> work) throws Exception {
        try (ProcessGroup group = ProcessGroup.open(config)) {
            return work.of(group);
        }
    }
}
