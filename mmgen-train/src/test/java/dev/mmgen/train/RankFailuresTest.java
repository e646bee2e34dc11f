package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.torch.distributed.ProcessGroupException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class RankFailuresTest {

    @TempDir
    private Path folder;

    /** Returns what comes of work that rank 1 alone fails at. */
    private List<Throwable> whereRankOneFails(RuntimeException failure) throws Exception {
        return TwoRanks.run(folder.resolve("group"), group -> {
            RankFailures failures = new RankFailures(Ranks.of(group));
            assertThat(failures.allOrNone(2, () -> "fine")).isEqualTo("fine");
            Supplier<String> work = () -> {
                if (group.rank() == 1) {
                    throw failure;
                }
                return "fine";
            };
            return catchThrowable(() -> failures.allOrNone(3, work));
        });
    }

    @Test
    void oneRanksFailureIsThatOfAll() throws Exception {
        IllegalStateException failure = new IllegalStateException("no memory");
        List<Throwable> thrown = whereRankOneFails(failure);
        assertThat(thrown.get(0))
                .isInstanceOf(ProcessGroupException.class)
                .hasMessage("step 3 failed on other ranks: rank 1: no memory");
        assertThat(thrown.get(1)).isSameAs(failure);
    }

    @Test
    void aLossThatIsNotFiniteIsOneOnAllRanks() throws Exception {
        List<Throwable> thrown = whereRankOneFails(new NonFiniteException(3, "rank 1's own"));
        assertThat(thrown).allSatisfy(one -> assertThat(one).isInstanceOf(NonFiniteException.class));
    }

    @Test
    void theOthersLearnWhyARankEnds() throws Exception {
        List<Throwable> thrown = TwoRanks.run(
                folder.resolve("group"),
                group -> catchThrowable(() -> {
                    new RankFailures(Ranks.of(group)).tell(() -> {
                        if (group.rank() == 1) {
                            throw new IllegalStateException("the disk is full");
                        }
                        group.barrier();
                        return "fine";
                    });
                }));
        assertThat(thrown.get(0))
                .isInstanceOf(ProcessGroupException.class)
                .hasMessageContaining("rank 1 (")
                .hasMessageContaining("the disk is full");
        assertThat(thrown.get(1)).hasMessage("the disk is full");
    }
}
