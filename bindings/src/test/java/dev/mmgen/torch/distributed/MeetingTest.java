package dev.mmgen.torch.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.mmgen.torch.Gloo;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes that meet others than they should. */
@Timeout(60)
class MeetingTest {

    @TempDir
    private Path folder;

    @Test
    void aRankOfAnotherJobIsRefusedAndBothSayWhoIsMissing() throws Exception {
        GroupConfig config = GroupConfig.of(0, 2)
                .at("127.0.0.1", Integer.parseInt(ProcessGroupTest.freePort()))
                .withTimeout(Duration.ofSeconds(2));
        CompletableFuture<Throwable> first = CompletableFuture.supplyAsync(() ->
                catchThrowable(() -> ProcessGroup.open(config.withJob("spring")).close()));
        GroupConfig other = GroupConfig.of(1, 2)
                .at(config.host(), config.port())
                .withJob("summer")
                .withTimeout(Duration.ofSeconds(1));
        assertThatThrownBy(() -> ProcessGroup.open(other))
                .isInstanceOf(ProcessGroupException.class)
                .hasMessageContaining("found no group of job 'summer'")
                .hasMessageContaining("another job uses this address");
        assertThat(first.get(20, TimeUnit.SECONDS))
                .isInstanceOf(ProcessGroupException.class)
                .hasMessageContaining("for rank 1; there are rank 0 (");
    }

    @Test
    void aRankOfAnotherReleaseIsNamed() throws Exception {
        Path file = folder.resolve("group");
        GroupConfig config = GroupConfig.of(0, 2).withFile(file).withTimeout(Duration.ofSeconds(10));
        CompletableFuture<Throwable> first =
                CompletableFuture.supplyAsync(() -> catchThrowable(() -> ProcessGroup.open(config)));
        try (Gloo.Store store = Gloo.Store.file(file, 2)) {
            String meeting = null;
            while (meeting == null && !first.isDone()) {
                Thread.sleep(10);
                meeting = store.get("mmgen/");
            }
            store.set(meeting + "/here/1", "elsewhere\t12\tMMGen 0.0.9 on libtorch 2.12.0\t");
            assertThat(first.get(20, TimeUnit.SECONDS))
                    .isInstanceOf(ProcessGroupException.class)
                    .hasMessageContaining(
                            "rank 1 (elsewhere, process 12) runs MMGen 0.0.9 on libtorch 2.12.0, rank 0 (")
                    .hasMessageContaining("use the same releases");
        }
    }

    @Test
    void worldSizesThatDifferAreNamedInBothRanks() throws Exception {
        GroupConfig config = GroupConfig.of(0, 2)
                .at("127.0.0.1", Integer.parseInt(ProcessGroupTest.freePort()))
                .withTimeout(Duration.ofSeconds(20));
        CompletableFuture<Throwable> first =
                CompletableFuture.supplyAsync(() -> catchThrowable(() -> ProcessGroup.open(config)));
        GroupConfig other =
                GroupConfig.of(1, 4).at(config.host(), config.port()).withTimeout(Duration.ofSeconds(20));
        assertThatThrownBy(() -> ProcessGroup.open(other))
                .isInstanceOf(ProcessGroupException.class)
                .hasMessageContaining("rank 1 of 4 met rank 0 (")
                .hasMessageContaining("which is one of 2; start all ranks with the same world size");
        assertThat(first.get(20, TimeUnit.SECONDS))
                .isInstanceOf(ProcessGroupException.class)
                .hasMessageContaining("rank 0 of 2 met rank 1 (")
                .hasMessageContaining("which is one of 4");
    }

    @Test
    void aListenerThatNeverAnswersIsGivenUpInTime() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            GroupConfig config =
                    GroupConfig.of(1, 2).at("127.0.0.1", silent.getLocalPort()).withTimeout(Duration.ofSeconds(1));
            assertTimeoutPreemptively(
                    Duration.ofSeconds(20),
                    () -> assertThatThrownBy(() -> ProcessGroup.open(config))
                            .isInstanceOf(ProcessGroupException.class)
                            .hasMessageContaining("rank 1 of 2 got no answer at 127.0.0.1:" + silent.getLocalPort())
                            .hasMessageContaining("something else than rank 0 is there"));
        }
    }

    @Test
    void aFileThatCannotBeOneIsNamedAtOnce() {
        for (Path unusable : List.of(folder, folder.resolve("missing").resolve("group"))) {
            GroupConfig config = GroupConfig.of(0, 2).withFile(unusable).withTimeout(Duration.ofSeconds(30));
            assertTimeoutPreemptively(
                    Duration.ofSeconds(10),
                    () -> assertThatThrownBy(() -> ProcessGroup.open(config))
                            .isInstanceOf(ProcessGroupException.class)
                            .hasMessageContaining("at " + unusable + ": name a file in a folder that exists"));
        }
    }

    @Test
    void aFileThatHoldsSomethingElseIsGivenUpInTime() throws Exception {
        Path other = Files.writeString(folder.resolve("other"), "not of a group\n".repeat(100));
        GroupConfig config = GroupConfig.of(0, 2).withFile(other).withTimeout(Duration.ofSeconds(1));
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThatThrownBy(() -> ProcessGroup.open(config))
                        .isInstanceOf(ProcessGroupException.class)
                        .hasMessageContaining(other.toString()));
    }
}
