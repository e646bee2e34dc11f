package dev.mmgen.train.log;

import dev.mmgen.train.StepReport;
import dev.mmgen.train.StepTimes;
import dev.mmgen.train.TrainingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The table of a transformer's training steps, as a {@link StepTable}. */
public final class MetricsTable implements Consumer<StepReport>, AutoCloseable {

    private final StepTable table;
    private final List<String> losses;

    private MetricsTable(StepTable table, List<String> losses) {
        this.table = table;
        this.losses = losses;
    }

    /**
     * Opens a table, made if needed. Rows of later steps than that of a resumed run are removed, since it makes these steps
     * again.
     *
     * @param modalities names of the columns of losses, in the model's order
     * @param resumedAt  number of steps before the run
     * @throws TrainingException if the file has other columns, or cannot be written
     */
    public static MetricsTable open(Path file, List<String> modalities, long resumedAt) {
        List<String> columns = new ArrayList<>(List.of("loss", "velocity"));
        List<String> losses = modalities.stream().map(name -> "loss_" + name).toList();
        columns.addAll(losses);
        columns.addAll(List.of(
                "alignment",
                "gradient_norm",
                "learning_rate",
                "skipped",
                "data_seconds",
                "forward_seconds",
                "backward_seconds",
                "optimizer_seconds"));
        return new MetricsTable(StepTable.open(file, columns, resumedAt), losses);
    }

    /** Appends a row. */
    @Override
    public void accept(StepReport report) {
        List<@Nullable Object> cells = new ArrayList<>();
        cells.add(report.loss().total());
        cells.add(report.loss().velocity());
        cells.addAll(report.loss().perModality());
        cells.add(report.loss().alignment());
        cells.add(report.gradientNorm());
        cells.add(report.learningRate());
        cells.add(report.skipped() ? 1 : 0);
        StepTimes times = report.times();
        cells.addAll(List.of(times.data(), times.forward(), times.backward(), times.optimizer()));
        table.row(report.step(), cells);
    }

    /** Returns for every step so far, those of earlier runs included, its number and the loss of each modality; NaN for none. */
    public List<double[]> losses() {
        return table.read(losses);
    }

    @Override
    public void close() {
        table.close();
    }
}
