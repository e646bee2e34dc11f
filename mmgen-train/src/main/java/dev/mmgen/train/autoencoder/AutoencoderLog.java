package dev.mmgen.train.autoencoder;

import dev.mmgen.train.log.EventFile;
import dev.mmgen.train.log.StepTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The log of an autoencoder's training: each step in {@code metrics.csv}, and as TensorBoard curves in {@code events}. */
public final class AutoencoderLog implements Consumer<AutoencoderStep>, AutoCloseable {

    private final List<String> modalities;
    private final StepTable table;
    private final EventFile events;

    private AutoencoderLog(List<String> modalities, StepTable table, EventFile events) {
        this.modalities = modalities;
        this.table = table;
        this.events = events;
    }

    /**
     * Opens the files in a folder, made if needed. Later steps than that of a resumed run are removed from them.
     *
     * @param resumedAt number of steps before the run
     * @throws dev.mmgen.train.TrainingException if the table has other columns, or a file cannot be written
     */
    public static AutoencoderLog open(Path folder, List<String> modalities, long resumedAt) {
        StepTable table = StepTable.open(folder.resolve("metrics.csv"), columns(modalities), resumedAt);
        try {
            return new AutoencoderLog(modalities, table, EventFile.begin(folder.resolve("events"), resumedAt + 1));
        } catch (RuntimeException e) {
            table.close();
            throw e;
        }
    }

    private static List<String> columns(List<String> modalities) {
        List<String> columns = new ArrayList<>(List.of("loss", "absolute", "squared", "edges", "divergence", "psnr"));
        modalities.forEach(name -> columns.add("absolute_" + name));
        columns.addAll(List.of("gradient_norm", "learning_rate", "data_seconds", "step_seconds"));
        return columns;
    }

    @Override
    public void accept(AutoencoderStep step) {
        List<@Nullable Double> cells = cells(step);
        table.row(step.step(), cells);
        Map<String, Double> curves = new LinkedHashMap<>();
        List<String> names = columns(modalities);
        for (int i = 0; i < names.size(); i++) {
            Double value = cells.get(i);
            if (value != null) {
                curves.put(names.get(i), value);
            }
        }
        events.scalars(step.step(), curves);
    }

    private static List<@Nullable Double> cells(AutoencoderStep step) {
        AutoencoderStep.Loss loss = step.loss();
        List<@Nullable Double> cells = new ArrayList<>(
                List.of(loss.total(), loss.absolute(), loss.squared(), loss.edges(), loss.divergence(), loss.psnr()));
        cells.addAll(loss.perModality());
        cells.addAll(List.of(
                step.gradientNorm(),
                step.learningRate(),
                step.times().data(),
                step.times().total()));
        return cells;
    }

    @Override
    public void close() {
        try (table) {
            events.close();
        }
    }
}
