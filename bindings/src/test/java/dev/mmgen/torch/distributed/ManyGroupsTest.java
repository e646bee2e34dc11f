package dev.mmgen.torch.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

    /** Groups between two readings. */
    private static final int INTERVAL = 100;

    /** The bytes that may be left of a group; readings differ by a megabyte or two in both directions. */
    private static final long LEFT_BY_EACH = 4_000;

    private static final StructLayout MALLINFO =
            MemoryLayout.structLayout(MemoryLayout.sequenceLayout(10, ValueLayout.JAVA_LONG));
    private static final long IN_USE = 7 * Long.BYTES;

    /**
     * Native memory in use, threads and descriptors of the process. Resident memory would say less: it also has the Java heap, and
     * the gaps between what is in use.
     */
    private record Held(long allocated, long threads, long descriptors) {

        static Held now(MethodHandle mallinfo2) throws Throwable {
            try (Arena arena = Arena.ofConfined()) {
                SegmentAllocator allocator = arena;
                MemorySegment info = (MemorySegment) mallinfo2.invokeExact(allocator);
                return new Held(
                        info.get(ValueLayout.JAVA_LONG, IN_USE), count("/proc/self/task"), count("/proc/self/fd"));
            }
        }

        /** Returns the least of each: an exchange that is just being freed is not what stays. */
        static Held least(List<Held> readings) {
            return new Held(
                    readings.stream().mapToLong(Held::allocated).min().orElseThrow(),
                    readings.stream().mapToLong(Held::threads).min().orElseThrow(),
                    readings.stream().mapToLong(Held::descriptors).min().orElseThrow());
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
    void aThousandGroupsLeaveNoMemoryThreadsOrSockets() throws Throwable {
        Linker linker = Linker.nativeLinker();
        Optional<MemorySegment> mallinfo2 = linker.defaultLookup().find("mallinfo2");
        assumeThat(mallinfo2).as("glibc's mallinfo2").isPresent();
        MethodHandle reading = linker.downcallHandle(mallinfo2.orElseThrow(), FunctionDescriptor.of(MALLINFO));
        List<Held> readings = new ArrayList<>();
        try (ExecutorService second = Executors.newSingleThreadExecutor()) {
            int port = Integer.parseInt(ProcessGroupTest.freePort());
            for (int i = 0; i <= WARM_UP + GROUPS; i++) {
                if (i >= WARM_UP && i % INTERVAL == 0) {
                    System.gc();
                    readings.add(Held.now(reading));
                }
                CompletableFuture<Void> other = CompletableFuture.runAsync(() -> run(1, port), second);
                run(0, port);
                other.join();
            }
        }
        Held before = Held.least(readings.subList(0, 3));
        Held after = Held.least(readings.subList(readings.size() - 3, readings.size()));
        System.out.println(GROUPS + " groups: " + readings);
        assertThat(after.allocated).isLessThanOrEqualTo(before.allocated + GROUPS * LEFT_BY_EACH);
        assertThat(after.threads).isLessThanOrEqualTo(before.threads + 2);
        assertThat(after.descriptors).isLessThanOrEqualTo(before.descriptors + 2);
    }
}
