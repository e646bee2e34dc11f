package dev.mmgen.train.log;

import dev.mmgen.train.StepReport;
import dev.mmgen.train.StepTimes;
import dev.mmgen.train.TrainingException;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A CSV file with a row per step, on disk after every row. */
public final class MetricsTable implements Consumer<StepReport>, AutoCloseable {

    private final Path file;
    private final Writer writer;

    private MetricsTable(Path file, Writer writer) {
        this.file = file;
        this.writer = writer;
    }

    /**
     * Opens a table, made if needed. Rows of steps beyond those a resumed run knows of are taken out: it makes these steps
     * again.
     *
     * @param modalities names of the columns of losses, in the model's order
     * @param resumedAt  after how many steps the run begins
     * @throws TrainingException if the file has other columns, or cannot be written
     */
    public static MetricsTable open(Path file, List<String> modalities, long resumedAt) {
        String header = header(modalities);
        try {
            List<String> kept = new ArrayList<>(List.of(header));
            if (Files.exists(file)) {
                kept.addAll(rows(file, header, resumedAt));
            }
            Path fresh = file.resolveSibling("." + file.getFileName() + ".tmp");
            Files.write(fresh, kept, StandardCharsets.UTF_8);
            Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
            return new MetricsTable(
                    file, Files.newBufferedWriter(file, StandardCharsets.UTF_8, StandardOpenOption.APPEND));
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    private static List<String> rows(Path file, String header, long resumedAt) throws IOException {
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        if (!lines.isEmpty() && !lines.getFirst().equals(header)) {
            throw new TrainingException(file + " has the columns '" + lines.getFirst() + "', not '" + header
                    + "'; move it away to begin a new one");
        }
        return lines.stream().skip(1).filter(row -> isKept(row, header, resumedAt)).toList();
    }

    /** A killed run may leave half a row. */
    private static boolean isKept(String row, String header, long resumedAt) {
        String[] cells = row.split(",", -1);
        return cells.length == header.split(",", -1).length
                && cells[0].matches("\\d{1,18}")
                && Long.parseLong(cells[0]) <= resumedAt;
    }

    private static String header(List<String> modalities) {
        List<String> columns = new ArrayList<>(List.of("step", "loss", "velocity"));
        modalities.forEach(name -> columns.add("loss_" + name));
        columns.addAll(List.of(
                "alignment", "gradient_norm", "learning_rate", "skipped", "data_seconds", "forward_seconds",
                "backward_seconds", "optimizer_seconds"));
        return String.join(",", columns);
    }

    /** Appends a row. */
    @Override
    public void accept(StepReport report) {
        List<String> cells = new ArrayList<>();
        cells.add(Long.toString(report.step()));
        cells.add(cell(report.loss().total()));
        cells.add(cell(report.loss().velocity()));
        report.loss().perModality().forEach(loss -> cells.add(cell(loss)));
        cells.add(cell(report.loss().alignment()));
        cells.add(cell(report.gradientNorm()));
        cells.add(cell(report.learningRate()));
        cells.add(report.skipped() ? "1" : "0");
        StepTimes times = report.times();
        for (double seconds : new double[] {times.data(), times.forward(), times.backward(), times.optimizer()}) {
            cells.add(cell(seconds));
        }
        try {
            writer.write(String.join(",", cells) + "\n");
            writer.flush();
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    private static String cell(@Nullable Double value) {
        return value == null ? "" : Double.toString(value);
    }

    private static TrainingException failed(Path file, IOException reason) {
        return new TrainingException(file + " cannot be written: " + reason, reason);
    }

    @Override
    public void close() {
        try {
            writer.close();
        } catch (IOException e) {
            throw failed(file, e);
        }
    }
}
