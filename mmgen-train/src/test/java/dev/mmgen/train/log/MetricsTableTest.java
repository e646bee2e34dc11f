package dev.mmgen.train.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mmgen.train.LossReport;
import dev.mmgen.train.StepReport;
import dev.mmgen.train.StepTimes;
import dev.mmgen.train.TrainingException;
import dev.mmgen.train.WeightUpdate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTableTest {

    private static final List<String> MODALITIES = List.of("rgb", "depth");
    private static final String HEADER = "step,loss,velocity,loss_rgb,loss_depth,alignment,gradient_norm,learning_rate,"
            + "skipped,data_seconds,forward_seconds,backward_seconds,optimizer_seconds";

    @TempDir
    Path folder;

    /** In the second step depth was not supervised, nothing aligned, and the step left out. */
    private static StepReport report(long step) {
        LossReport loss = step == 2
                ? new LossReport(1.5, 2, Arrays.asList(0.25, null), List.of(4, 0))
                : new LossReport(1.5, 2, List.of(0.25, 0.0), List.of(4, 1)).withAlignment(-0.5);
        return new StepReport(step, loss, new WeightUpdate.Result(3, 1e-4, step == 2), new StepTimes(0.5, 1, 2, 0.125));
    }

    @Test
    void eachStepIsARowThatIsReadableAtOnce() throws Exception {
        Path file = folder.resolve("metrics.csv");
        try (MetricsTable table = MetricsTable.open(file, MODALITIES, 0)) {
            table.accept(report(1));
            table.accept(report(2));
            assertThat(file)
                    .hasContent(HEADER + "\n"
                            + "1,1.5,2.0,0.25,0.0,-0.5,3.0,1.0E-4,0,0.5,1.0,2.0,0.125\n"
                            + "2,1.5,2.0,0.25,,,3.0,1.0E-4,1,0.5,1.0,2.0,0.125\n");
        }
    }

    @Test
    void resumedRunRemovesLaterRows() throws Exception {
        Path file = folder.resolve("metrics.csv");
        try (MetricsTable table = MetricsTable.open(file, MODALITIES, 0)) {
            for (int step = 1; step <= 4; step++) {
                table.accept(report(step));
            }
        }
        Files.writeString(file, "5,1.5,0.", StandardOpenOption.APPEND);
        try (MetricsTable table = MetricsTable.open(file, MODALITIES, 2)) {
            assertThat(table.losses()).containsExactly(new double[] {1, 0.25, 0}, new double[] {2, 0.25, Double.NaN});
            table.accept(report(3));
        }
        assertThat(Files.readAllLines(file))
                .extracting(row -> row.substring(0, 2))
                .containsExactly("st", "1,", "2,", "3,");
    }

    @Test
    void fileOfOtherColumnsIsRefused() throws Exception {
        Path file = Files.writeString(folder.resolve("metrics.csv"), "a,b\n1,2\n");
        assertThatExceptionOfType(TrainingException.class)
                .isThrownBy(() -> MetricsTable.open(file, MODALITIES, 0))
                .withMessageContaining("has the columns 'a,b'");
        assertThat(file).hasContent("a,b\n1,2\n");
    }
}
