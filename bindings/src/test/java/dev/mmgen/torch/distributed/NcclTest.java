package dev.mmgen.torch.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mmgen.torch.ChildJvm;
import dev.mmgen.torch.StandInNccl;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What NCCL's answers come to. A library that stands in for it gives them: NCCL itself was not run. */
@Timeout(60)
class NcclTest {

    private final TensorScope scope = TensorScope.open();

    @BeforeEach
    void open() {
        StandInNccl.open();
    }

    @AfterEach
    void recover() {
        scope.close();
        StandInNccl.recover();
    }

    private static GroupConfig config(int rank, int size, String port) {
        return RankProcess.config(rank, size, port).withTimeout(Duration.ofSeconds(2));
    }

    private static ProcessGroup alone() throws IOException {
        return Placement.STAND_IN.open(config(0, 1, ProcessGroupTest.freePort()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            old       | NCCL 2.13.3 is too old; use 2.14.0 or newer
            no-id     | NCCL: making an identifier failed: unhandled system error (2): no network interface was found
            """)
    void whatKeepsRanksFromConnectingLeavesTheGroupInUse(String fault, String words) throws Exception {
        StandInNccl.fail(fault);
        try (ProcessGroup group = alone();
                Tensor tensor = Torch.ones(3)) {
            assertThatThrownBy(() -> group.allReduce(tensor, ReduceOp.SUM))
                    .isInstanceOf(ProcessGroupException.class)
                    .hasMessageContaining("rank 0 of 1 cannot exchange tensors on GPUs: rank 0 (")
                    .hasMessageContaining(words);
            StandInNccl.recover();
            group.allReduce(tensor, ReduceOp.SUM);
            assertThat(tensor.toFloats()).containsOnly(1);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            duplicate | Duplicate GPU detected : rank 0 and rank 1 both on CUDA device 1b000; every rank needs a GPU of its own
            system    | NCCL: all-reduce failed: unhandled system error (2): the stand-in was told to fail
            remote    | NCCL: all-reduce failed: remote process exited or there was a network error (6)
            hang      | NCCL: all-reduce has not ended within 2.0 s
            """)
    void whatBreaksAnExchangeBreaksTheGroup(String fault, String words) throws Exception {
        long before = Torch.liveTensors();
        StandInNccl.fail(fault);
        try (ProcessGroup group = alone();
                Tensor tensor = Torch.ones(3)) {
            assertThatThrownBy(() -> group.allReduce(tensor, ReduceOp.SUM))
                    .isInstanceOf(ProcessGroupException.class)
                    .hasMessageContaining("rank 0 of 1: ")
                    .hasMessageContaining(words)
                    .hasMessageContaining("Restart all processes");
            assertThatThrownBy(group::barrier)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("of no more use");
        }
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    @Test
    void aRankThatEndsInTheMiddleOfAnExchangeIsNoticed() throws Exception {
        String port = ProcessGroupTest.freePort();
        ChildJvm child = RankProcess.start("die-inside", 1, 2, port, Placement.STAND_IN);
        try (ProcessGroup group = Placement.STAND_IN.open(RankProcess.config(0, 2, port))) {
            group.allReduce(Torch.zeros(8), ReduceOp.SUM);
            assertThatThrownBy(() -> group.allReduce(Torch.zeros(8), ReduceOp.SUM))
                    .isInstanceOf(ProcessGroupException.class)
                    .hasMessageContaining("failed: rank 1 (")
                    .hasMessageContaining("is gone");
        }
        assertThat(child.exitCode()).isEqualTo(9);
    }

    @Test
    void aRankWithoutNcclIsNamedInAllRanks() throws Exception {
        String port = ProcessGroupTest.freePort();
        ChildJvm child = RankProcess.start("eight", 1, 2, port, Placement.WITHOUT_NCCL);
        try (ProcessGroup group = Placement.STAND_IN.open(RankProcess.config(0, 2, port))) {
            assertThatThrownBy(() -> group.allReduce(Torch.zeros(8), ReduceOp.SUM))
                    .isInstanceOf(ProcessGroupException.class)
                    .hasMessageContaining("rank 0 of 2 cannot exchange tensors on GPUs: rank 1 (")
                    .hasMessageContaining("take a libtorch with CUDA");
        }
        assertThat(child.readLines().getFirst())
                .startsWith("refused: rank 1 of 2 cannot exchange tensors on GPUs: rank 1 (");
    }

    @Test
    void anotherReleaseInARankIsNamed() throws Exception {
        String port = ProcessGroupTest.freePort();
        ChildJvm child = RankProcess.start("other-release", 1, 2, port, Placement.STAND_IN);
        try (ProcessGroup group = Placement.STAND_IN.open(RankProcess.config(0, 2, port))) {
            assertThatThrownBy(() -> group.allReduce(Torch.zeros(8), ReduceOp.SUM))
                    .isInstanceOf(ProcessGroupException.class)
                    .hasMessageContaining("has NCCL 2.21.0, rank 0 has 2.27.3; use the same release");
        }
        assertThat(child.readLines().getFirst()).contains("has NCCL 2.21.0");
    }

    @Test
    void aTensorInMainMemoryAndOneOnAGpuDiffer() throws Exception {
        String port = ProcessGroupTest.freePort();
        ChildJvm child = RankProcess.start("eight", 1, 2, port, Placement.MAIN_MEMORY);
        try (ProcessGroup group = Placement.STAND_IN.open(RankProcess.config(0, 2, port))) {
            assertThatThrownBy(() -> group.allReduce(Torch.zeros(8), ReduceOp.SUM))
                    .isInstanceOf(ProcessGroupException.class)
                    .hasMessageContaining("all-reduce (SUM) of float32[8] on GPU 1 of the rank; rank 1 (")
                    .hasMessageContaining("all-reduce (SUM) of float32[8]. All ranks");
        }
        child.readLines();
    }

    @Test
    void twoGroupsOfOneProcessAreApart() throws Exception {
        String first = ProcessGroupTest.freePort();
        String second = ProcessGroupTest.freePort();
        CompletableFuture<Void> other = CompletableFuture.runAsync(() -> sums(1, first, second));
        sums(0, first, second);
        other.join();
    }

    private static void sums(int rank, String first, String second) {
        try (ProcessGroup one = Placement.STAND_IN.open(RankProcess.config(rank, 2, first));
                ProcessGroup two = Placement.STAND_IN.open(RankProcess.config(rank, 2, second));
                TensorScope _ = TensorScope.open()) {
            for (int i = 0; i < 20; i++) {
                Tensor small = Torch.ones(100);
                Tensor large = Torch.ones(100_000);
                Collective begun = two.allReduceAsync(large, ReduceOp.SUM);
                one.allReduce(small, ReduceOp.MEAN);
                begun.await();
                assertThat(small.toFloats()).containsOnly(1);
                assertThat(large.toFloats()).containsOnly(2);
            }
        }
    }

    @Test
    void aTensorThatIsClosedMeanwhileKeepsItsMemory() throws Exception {
        long before = Torch.liveTensors();
        try (ProcessGroup group = alone()) {
            for (int i = 0; i < 20; i++) {
                Tensor large = Torch.ones(1_000_000);
                Collective begun = group.allReduceAsync(large, ReduceOp.SUM);
                large.close();
                begun.await();
            }
        }
        assertThat(Torch.liveTensors()).isEqualTo(before);
    }

    @Test
    void anInterruptEndsTheWait() throws Exception {
        try (ProcessGroup group = Placement.STAND_IN.open(
                RankProcess.config(0, 1, ProcessGroupTest.freePort()).withTimeout(Duration.ofSeconds(50)))) {
            Tensor tensor = Torch.ones(3);
            group.allReduce(tensor, ReduceOp.SUM);
            StandInNccl.fail("hang");
            Collective begun = group.allReduceAsync(tensor, ReduceOp.SUM);
            Thread.currentThread().interrupt();
            assertThatThrownBy(begun::await)
                    .isInstanceOf(ProcessGroupException.class)
                    .hasMessageContaining("rank 0 was interrupted in all-reduce (SUM)");
            assertThat(Thread.interrupted()).isTrue();
            tensor.close();
        }
    }
}
