package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.mmgen.TensorLeakCheck;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.optim.Ema;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TensorLeakCheck.class)
class WeightComparisonTest {

    @TempDir
    private Path folder;

    /** Returns the step, from 1, that finds a difference between ranks of these seeds, with its message; none of 102 finds one of the same. */
    private List<String> found(long... seeds) throws Exception {
        return TwoRanks.run(folder.resolve("group"), group -> {
            try (Linear model = new Linear(3, 2);
                    Generator generator = Generator.seeded(seeds[group.rank()])) {
                model.initialize(generator);
                try (Ema ema = new Ema(model, 0.9)) {
                    WeightComparison comparison = new WeightComparison(Ranks.of(group));
                    for (int step = 1; step <= 102; step++) {
                        Throwable thrown = catchThrowable(() -> comparison.after(model, ema));
                        if (thrown != null) {
                            return step + ": " + thrown.getMessage();
                        }
                        if (step == 1 && seeds.length > 2 && group.rank() == 1) {
                            try (Generator other = Generator.seeded(seeds[2])) {
                                model.initialize(other);
                            }
                        }
                    }
                    return "none";
                }
            }
        });
    }

    @Test
    void ranksOfTheSameWeightsGoOn() throws Exception {
        assertThat(found(1, 1)).containsOnly("none");
    }

    @Test
    void weightsThatDifferFromTheBeginningEndTheFirstStep() throws Exception {
        assertThat(found(1, 2)).allSatisfy(one -> assertThat(one).startsWith("1: the state of the training differs"));
    }

    @Test
    void weightsThatComeToDifferEndTheHundredthStepFromThere() throws Exception {
        assertThat(found(1, 1, 2))
                .allSatisfy(one -> assertThat(one).startsWith("101: the state of the training differs"));
    }
}
