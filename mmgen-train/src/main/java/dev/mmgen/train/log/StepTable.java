package dev.mmgen.train.log;

import dev.mmgen.torch.io.AtomicFile;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.train.TrainingException;
import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A CSV file with a row of numbers per step, flushed after every row. */
public final class StepTable implements AutoCloseable {

    private final Path file;
    private final Writer writer;

    private StepTable(Path file, Writer writer) {
        this.file = file;
        this.writer = writer;
    }

    /**
     * Opens a table, made if needed. Rows of later steps than that of a resumed run are removed, since it makes these steps
     * again.
     *
     * @param columns   names of the columns after {@code step}
     * @param resumedAt number of steps before the run
     * @throws TrainingException if the file has other columns, or cannot be written
     */
    public static StepTable open(Path file, List<String> columns, long resumedAt) {
        String header = "step," + String.join(",", columns);
        try {
            List<String> kept = new ArrayList<>(List.of(header));
            if (Files.exists(file)) {
                kept.addAll(rows(file, header, resumedAt));
            }
            ByteBuffer text = StandardCharsets.UTF_8.encode(String.join("\n", kept) + "\n");
            AtomicFile.replace(file, channel -> AtomicFile.writeFully(channel, text));
            return new StepTable(
                    file, Files.newBufferedWriter(file, StandardCharsets.UTF_8, StandardOpenOption.APPEND));
        } catch (CharacterCodingException e) {
            throw new TrainingException(file + " is not UTF-8 text; move it away to begin a new one", e);
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
        return lines.stream()
                .skip(1)
                .filter(row -> isKept(row, header, resumedAt))
                .toList();
    }

    /** A killed run may leave half a row. */
    private static boolean isKept(String row, String header, long resumedAt) {
        String[] cells = row.split(",", -1);
        return cells.length == header.split(",", -1).length
                && cells[0].matches("\\d{1,18}")
                && Long.parseLong(cells[0]) <= resumedAt;
    }

    /** Appends a row. A cell without a value stays empty. */
    public void row(long step, List<? extends @Nullable Object> cells) {
        String row =
                cells.stream().map(cell -> cell == null ? "" : cell.toString()).collect(Collectors.joining(","));
        try {
            writer.write(step + "," + row + "\n");
            writer.flush();
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /**
     * Returns some columns of all rows so far.
     *
     * @return for every row its step, then the columns; a cell without a number is NaN
     */
    public List<double[]> read(List<String> columns) {
        try {
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            List<String> header = List.of(lines.getFirst().split(",", -1));
            int[] places = columns.stream().mapToInt(header::indexOf).toArray();
            List<double[]> rows = new ArrayList<>();
            for (String line : lines.subList(1, lines.size())) {
                String[] cells = line.split(",", -1);
                double[] row = new double[1 + places.length];
                row[0] = number(cells[0]);
                for (int i = 0; i < places.length; i++) {
                    row[1 + i] = number(cells[places[i]]);
                }
                rows.add(row);
            }
            return rows;
        } catch (IOException e) {
            throw new TrainingException(file + " cannot be read: " + FileReason.reading(e), e);
        }
    }

    private static double number(String cell) {
        try {
            return Double.parseDouble(cell);
        } catch (NumberFormatException _) {
            return Double.NaN;
        }
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
