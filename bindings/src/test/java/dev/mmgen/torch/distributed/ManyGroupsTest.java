package dev.mmgen.torch.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A thousand groups of two ranks, each rank a thread of this process, made and closed one after the other. */
@Tag("long")
class ManyGroupsTest {

    private static final int WARM_UP = 200;
    private static final int GROUPS = 1_000;

    /** Memory, threads and descriptors of the process (Linux). */
    private record Held(long threads, long descriptors, long residentKilobytes) {

        static Held now() throws IOException {
            return new Held(
                    count("/proc/self/task"),
                    count("/proc/self/fd"),
                    Files.readAllLines(Path.of("/proc/self/status")).stream()
                            .filter(line -> line.startsWith("VmRSS:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .findFirst()
                            .orElseThrow());
        }

        private static long count(String folder) throws IOException {
            try (Stream<Path> entries = Files.list(Path.of(folder))) {
                return entries.count();
            }
        }
    }

    private static void run(int rank, int port) {
        GroupConfig config = GroupConfig.of(rank, 2).at("127.0.0.1", port).withTimeout(Duration.ofSeconds(30));
        try (ProcessGroup group = ProcessGroup.open(config);
                Tensor sum = Torch.ones(1_000)) {
            group.allReduce(sum, ReduceOp.SUM);
            assertThat(sum.toFloats()).containsOnly(2);
        }
    }

    @Test
    void aThousandGroupsLeaveNoThreadsOrSockets() throws Exception {
        assumeThat(Path.of("/proc/self/task")).isDirectory();
        try (ExecutorService second = Executors.newSingleThreadExecutor()) {
            int port = Integer.parseInt(ProcessGroupTest.freePort());
            Held before = null;
            for (int i = 0; i < WARM_UP + GROUPS; i++) {
                if (i == WARM_UP) {
                    System.gc();
                    before = Held.now();
                }
                CompletableFuture<Void> other = CompletableFuture.runAsync(() -> run(1, port), second);
                run(0, port);
                other.join();
            }
            System.gc();
            Held after = Held.now();
            System.out.println(GROUPS + " groups: " + before + ", then " + after);
            assertThat(after.threads).isLessThanOrEqualTo(before.threads + 2);
            assertThat(after.descriptors).isLessThanOrEqualTo(before.descriptors + 2);
        }
    }
}
