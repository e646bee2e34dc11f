package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.torch.distributed.ProcessGroupException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
@Timeout(60)
class GradientExchangeTest {

    @TempDir
    private Path folder;

    @Test
    void sumsAreThoseOfAnExchangeAfterwards() throws Exception {
        GradientSumTest.assertSummed(GradientSumTest.sums(folder.resolve("group"), (group, parameters) -> {
            try (GradientExchange exchange = new GradientExchange(group)) {
                exchange.add(parameters.subList(0, 2));
                exchange.add(parameters.subList(2, 5));
                exchange.finish();
            }
        }));
    }

    @Test
    void aRankThatGivesUpEndsTheOthers() throws Exception {
        List<List<Double>> none = GradientSumTest.sums(folder.resolve("group"), (group, parameters) -> {
            Throwable thrown = catchThrowable(() -> new RankFailures(Ranks.of(group)).tell(() -> {
                try (GradientExchange exchange = new GradientExchange(group)) {
                    if (group.rank() == 1) {
                        throw new IllegalStateException("no memory");
                    }
                    exchange.add(parameters);
                    exchange.finish();
                    return "done";
                }
            }));
            if (group.rank() == 1) {
                assertThat(thrown).hasMessage("no memory");
            } else {
                assertThat(thrown).isInstanceOf(ProcessGroupException.class).hasMessageContaining("no memory");
            }
        });
        assertThat(none).hasSize(2);
    }
}
