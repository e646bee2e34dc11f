package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.TensorLeakCheck;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class RanksTest {

    @TempDir
    private Path folder;

    private <T> List<T> both(TwoRanks.Work<T> work) throws Exception {
        return TwoRanks.run(folder.resolve("group"), work);
    }

    @Test
    void aFlagOfOneRankIsSeenByAll() throws Exception {
        assertThat(both(group -> {
                    Ranks ranks = Ranks.of(group);
                    return List.of(ranks.any(ranks.rank() == 1), ranks.any(false));
                }))
                .containsOnly(List.of(true, false));
    }

    @Test
    void textsAndNumbersAreThoseOfRankZero() throws Exception {
        assertThat(both(group -> {
                    Ranks ranks = Ranks.of(group);
                    return ranks.first("rank " + ranks.rank()) + ", " + ranks.first(0.1 + ranks.rank()) + ", "
                            + ranks.largest(7 * ranks.rank()) + ", " + ranks.all("of " + ranks.rank());
                }))
                .containsOnly("rank 0, 0.1, 7, [of 0, of 1]");
    }

    @Test
    void rowsComeInTheOrderOfTheMicroBatches() throws Exception {
        assertThat(both(group -> {
                    Ranks ranks = Ranks.of(group);
                    double own = ranks.rank();
                    return ranks.interleaved(List.of(new double[] {own, 10}, new double[] {own + 2, 20})).stream()
                            .flatMap(row -> List.of(row[0], row[1]).stream())
                            .toList();
                }))
                .containsOnly(List.of(0.0, 10.0, 1.0, 10.0, 2.0, 20.0, 3.0, 20.0));
    }

    @Test
    void aProcessOnItsOwnExchangesNothing() {
        Ranks alone = Ranks.of(null);
        assertThat(alone.size()).isEqualTo(1);
        assertThat(alone.isFirst()).isTrue();
        assertThat(alone.any(true)).isTrue();
        assertThat(alone.first("own")).isEqualTo("own");
        assertThat(alone.all("own")).containsExactly("own");
        alone.requireSame(
                "nothing",
                () -> {
                    throw new AssertionError("asked");
                },
                "");
    }
}
