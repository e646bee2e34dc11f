package dev.mmgen.torch.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.torch.ChildJvm;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Groups of two processes on loopback: this one is rank 0, a child is rank 1. What depends on where tensors lie is tested on GPUs too, where
 * there are enough, and by the library that stands in for NCCL.
 */
@Timeout(60)
class ProcessGroupTest {

    private final TensorScope scope = TensorScope.open();

    @AfterEach
    void freeTensors() {
        scope.close();
    }

    static String freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return Integer.toString(socket.getLocalPort());
        }
    }

    private static ProcessGroup open(String place) {
        return open(place, Placement.MAIN_MEMORY);
    }

    private static ProcessGroup open(String place, Placement placement) {
        placement.require(2);
        return placement.open(RankProcess.config(0, 2, place));
    }

    private static Tensor zeros(long elements, Placement placement) {
        return placement.place(Torch.zeros(elements), 0);
    }

    private static void requireDone(ChildJvm child) throws InterruptedException {
        assertThat(child.readLines()).containsExactly("done");
        assertThat(child.exitCode()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"MAIN_MEMORY", "STAND_IN", "GPU"})
    void exchangesEveryTypeOverTcp(Placement placement) throws Exception {
        placement.require(2);
        String port = freePort();
        ChildJvm child = RankProcess.start("all", 1, 2, port, placement);
        try (ProcessGroup group = open(port, placement)) {
            RankProcess.exchangeAll(group, placement);
        }
        requireDone(child);
    }

    @Test
    void meetsInAFileThatIsGoneAfterwards(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("group");
        ChildJvm child = RankProcess.start("all", 1, 2, file.toString());
        try (ProcessGroup group = open(file.toString())) {
            RankProcess.exchangeAll(group, Placement.MAIN_MEMORY);
        }
        requireDone(child);
        assertThat(Files.exists(file)).isFalse();
    }

    @Test
    void openGroupsAtOneAddressOneAfterTheOther() throws Exception {
        String port = freePort();
        ChildJvm child = RankProcess.start("groups", 1, 2, port);
        for (int i = 0; i < 5; i++) {
            open(port).close();
        }
        requireDone(child);
    }

    @ParameterizedTest
    @EnumSource(names = {"MAIN_MEMORY", "STAND_IN", "GPU"})
    void aGroupMayBeClosedWhileAnotherThreadAwaitsAnExchange(Placement placement) throws Exception {
        placement.require(2);
        String port = freePort();
        List<ChildJvm> ranks = List.of(
                RankProcess.start("closed-meanwhile", 0, 2, port, placement),
                RankProcess.start("closed-meanwhile", 1, 2, port, placement));
        for (ChildJvm rank : ranks) {
            requireDone(rank);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MAIN_MEMORY", "STAND_IN", "GPU"})
    void namesARankThatIsGone(Placement placement) throws Exception {
        placement.require(2);
        String port = freePort();
        ChildJvm child = RankProcess.start("vanish", 1, 2, port, placement);
        try (ProcessGroup group = open(port, placement)) {
            assertThat(child.exitCode()).isEqualTo(9);
            assertThatThrownBy(() -> group.allReduce(zeros(10, placement), ReduceOp.SUM))
                    .isInstanceOf(ProcessGroupException.class)
                    .hasMessageContaining(
                            "rank 0 of 2: all-reduce (SUM) of float32[10]" + placement.words() + " failed: rank 1 (")
                    .hasMessageContaining("is gone")
                    .hasMessageContaining("Restart all processes");
            assertThatThrownBy(group::barrier)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("of no more use");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MAIN_MEMORY", "STAND_IN", "GPU"})
    void tellsTheReasonOfARankThatEnds(Placement placement) throws Exception {
        placement.require(2);
        String port = freePort();
        ChildJvm child = RankProcess.start("abort", 1, 2, port, placement);
        try (ProcessGroup group = open(port, placement)) {
            assertThatThrownBy(() -> group.broadcast(zeros(10, placement), 1))
                    .isInstanceOf(ProcessGroupException.class)
                    .hasMessageContaining("rank 1 (")
                    .hasMessageContaining("ended: No space left on device");
        }
        requireDone(child);
    }

    @Test
    void theReasonOfRankZeroReachesThoseThatWaitForIt() throws Exception {
        String port = freePort();
        ChildJvm child = RankProcess.start("eight", 1, 2, port, Placement.MAIN_MEMORY);
        try (ProcessGroup group = open(port, Placement.MAIN_MEMORY)) {
            Thread.sleep(500);
            group.abort("the disk is full");
        }
        assertThat(child.readLines().getFirst())
                .startsWith("refused: rank 1 of 2: ")
                .contains("rank 0 (", "ended: the disk is full")
                .doesNotContain("GLHF", ".cc:");
    }

    @ParameterizedTest
    @EnumSource(names = {"MAIN_MEMORY", "STAND_IN", "GPU"})
    void callsThatDifferAreAnErrorInBothRanks(Placement placement) throws Exception {
        placement.require(2);
        String port = freePort();
        ChildJvm child = RankProcess.start("other-shape", 1, 2, port, placement);
        try (ProcessGroup group = open(port, placement)) {
            assertThatThrownBy(() -> group.allReduce(zeros(8, placement), ReduceOp.SUM))
                    .isInstanceOf(ProcessGroupException.class)
                    .hasMessageContaining("float32[8]")
                    .hasMessageContaining("float32[7]");
        }
        assertThat(child.readLines().getFirst()).startsWith("refused: the ranks call different things");
    }

    @Test
    void aSilentRankEndsTheExchangeAtTheTimeout() throws Exception {
        String port = freePort();
        ChildJvm child = RankProcess.start("sleep", 1, 2, port);
        assertThat(child.readLine()).as("whose start must not count").isEqualTo("ready");
        var config = RankProcess.config(0, 2, port).withTimeout(Duration.ofSeconds(3));
        try (ProcessGroup group = ProcessGroup.open(config)) {
            assertThatThrownBy(group::barrier)
                    .isInstanceOf(ProcessGroupException.class)
                    .hasMessageContaining("rank 1 (")
                    .hasMessageContaining("gives no sign");
            child.exitCode(1);
        }
    }

    @Test
    void namesTheRanksThatAreMissingAtTheStart() throws Exception {
        var config = RankProcess.config(0, 3, freePort()).withTimeout(Duration.ofMillis(1_200));
        assertThatThrownBy(() -> ProcessGroup.open(config))
                .isInstanceOf(ProcessGroupException.class)
                .hasMessageContaining("rank 0 of 3 waited 1 s")
                .hasMessageContaining("for rank 1, rank 2; there are rank 0 (");
    }

    @Test
    void aGroupWithoutRankZeroIsAnError() throws Exception {
        var config = RankProcess.config(1, 2, freePort()).withTimeout(Duration.ofMillis(500));
        assertThatThrownBy(() -> ProcessGroup.open(config))
                .isInstanceOf(ProcessGroupException.class)
                .hasMessageContaining("rank 1 of 2: rank 0 did not open 127.0.0.1:");
    }

    @Test
    void aPortInUseIsAnErrorThatNamesIt() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
            String port = Integer.toString(taken.getLocalPort());
            assertThatThrownBy(() -> open(port))
                    .isInstanceOf(ProcessGroupException.class)
                    .hasMessageContaining(port)
                    .hasMessageContaining("another program uses the port");
        }
    }

    @Test
    void aSecondProcessOfTheSameRankIsRefused(@TempDir Path folder) throws Exception {
        String file = folder.resolve("group").toString();
        ChildJvm child = RankProcess.start("sleep", 1, 2, file);
        try (ProcessGroup _ = open(file)) {
            ChildJvm second = RankProcess.start("all", 1, 2, file);
            assertThat(second.readLine()).startsWith("refused: another process is rank 1 of 2");
            second.readLines();
            child.exitCode(1);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MAIN_MEMORY", "STAND_IN", "GPU"})
    void aGroupOfOneNeedsNobody(Placement placement) throws Exception {
        placement.require(1);
        long before = Torch.liveTensors();
        try (ProcessGroup group = placement.open(RankProcess.config(0, 1, freePort()));
                TensorScope _ = TensorScope.open()) {
            Tensor own = placement.place(Torch.tensor(new float[] {1, 2}, 2), 0);
            group.allReduce(own, ReduceOp.MEAN);
            assertThat(own.toFloats()).containsExactly(1, 2);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> group.allReduce(Torch.zeros(2, 3).transpose(0, 1), ReduceOp.SUM))
                    .withMessageContaining("row-major");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> group.allReduce(Torch.zeros(2).to(DType.INT32), ReduceOp.SUM))
                    .withMessageContaining("convert it");
            group.barrier();
        }
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    /** Gloo's part of an exchange used to outlive the connections that it works on. */
    @ParameterizedTest
    @EnumSource(names = {"MAIN_MEMORY", "STAND_IN", "GPU"})
    void anExchangeThatIsNotAwaitedEndsWithItsGroup(Placement placement) throws Exception {
        placement.require(1);
        long before = Torch.liveTensors();
        for (int i = 0; i < 50; i++) {
            ProcessGroup group = placement.open(RankProcess.config(0, 1, freePort()));
            try (TensorScope _ = TensorScope.open()) {
                Collective late = group.allReduceAsync(placement.place(Torch.ones(5, 5), 0), ReduceOp.SUM);
                group.broadcastAsync(placement.place(Torch.ones(3), 0), 0);
                group.close();
                assertThatThrownBy(late::await)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("was closed before this was awaited");
            }
        }
        assertThat(Torch.liveTensors()).isLessThanOrEqualTo(before);
    }

    @Test
    void oneThreadAtATimeUsesAGroup() throws Exception {
        String port = freePort();
        ChildJvm child = RankProcess.start("sleep", 1, 2, port);
        var config = RankProcess.config(0, 2, port).withTimeout(Duration.ofSeconds(30));
        try (ProcessGroup group = ProcessGroup.open(config)) {
            var begun = new CountDownLatch(1);
            var outcome = new Throwable[1];
            Thread waiting = Thread.ofPlatform().start(() -> {
                begun.countDown();
                try {
                    group.barrier();
                } catch (RuntimeException e) {
                    outcome[0] = e;
                }
            });
            assertThat(begun.await(5, TimeUnit.SECONDS)).isTrue();
            Thread.sleep(300);
            assertThatThrownBy(group::barrier)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("one thread at a time");
            waiting.interrupt();
            waiting.join();
            assertThat(outcome[0]).hasMessageContaining("interrupted");
            child.exitCode(1);
        }
    }

    @Test
    void aClosedGroupIsAnError() throws Exception {
        ProcessGroup group = ProcessGroup.open(RankProcess.config(0, 1, freePort()));
        group.close();
        group.close();
        assertThatThrownBy(group::barrier).hasMessageContaining("it is closed");
    }
}
