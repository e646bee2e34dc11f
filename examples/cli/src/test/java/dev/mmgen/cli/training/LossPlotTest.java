package dev.mmgen.cli.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.train.LossReport;
import dev.mmgen.train.StepReport;
import dev.mmgen.train.StepTimes;
import dev.mmgen.train.WeightUpdate;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LossPlotTest {

    /** As many steps as make the plot halve its points. */
    private static final int STEPS = 801;

    @TempDir
    Path folder;

    /** Draws the losses of steps of which one in some has no depth. */
    private Path drawn(String name, int depthEvery) {
        List<double[]> before = IntStream.rangeClosed(1, STEPS)
                .mapToObj(step -> new double[] {step, 0.5, step % depthEvery == 0 ? 0.25 : Double.NaN})
                .toList();
        Path file = folder.resolve(name);
        new LossPlot(file, STEPS + 1, List.of("rgb", "depth"), before)
                .accept(new StepReport(
                        STEPS + 1,
                        new LossReport(1, 1, List.of(0.5, 0.25), List.of(1, 1)),
                        new WeightUpdate.Result(1, 1, false),
                        new StepTimes(0, 0, 0, 0)));
        return file;
    }

    @Test
    void stepsWithoutAModalityDoNotLowerItsMean() {
        assertThat(drawn("some.png", 2)).hasSameBinaryContentAs(drawn("all.png", 1));
    }
}
