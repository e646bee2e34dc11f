package dev.mmgen.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LossReportTest {

    @Test
    void microBatchesCountByTheSamplesThatSupervised() {
        LossReport first = new LossReport(1, 2, Arrays.asList(3.0, 4.0, null), List.of(2, 1, 0)).withAlignment(-0.25);
        LossReport second = new LossReport(2, 4, Arrays.asList(5.0, null, null), List.of(6, 0, 0)).withAlignment(-0.75);
        assertThat(LossReport.mean(List.of(first, second)))
                .isEqualTo(new LossReport(1.5, 3, Arrays.asList(4.5, 4.0, null), List.of(8, 1, 0)).withAlignment(-0.5));
    }
}
