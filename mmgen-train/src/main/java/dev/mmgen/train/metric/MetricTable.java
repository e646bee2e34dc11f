package dev.mmgen.train.metric;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Figures of an evaluation, ready to be shown.
 *
 * @param rows the figures, in the order in which they are shown
 */
public record MetricTable(List<Row> rows) {

    /**
     * One figure.
     *
     * @param name what was measured
     * @param value the figure; NaN if there was nothing to measure
     * @param unit its unit, empty for a pure number
     * @param higherIsBetter whether a larger figure is better
     */
    public record Row(String name, double value, String unit, boolean higherIsBetter) {}

    public MetricTable {
        rows = List.copyOf(rows);
    }

    /** Returns the table of these figures. */
    public static MetricTable of(Row... rows) {
        return new MetricTable(List.of(rows));
    }

    /** Returns a figure of which larger is better. */
    public static Row higher(String name, double value, String unit) {
        return new Row(name, value, unit, true);
    }

    /** Returns a figure of which smaller is better. */
    public static Row lower(String name, double value, String unit) {
        return new Row(name, value, unit, false);
    }

    /** Returns this table followed by another. */
    public MetricTable plus(MetricTable other) {
        return new MetricTable(Stream.concat(rows.stream(), other.rows.stream()).toList());
    }

    /** Returns a Markdown table with four decimals; what was not measured shows as a dash. */
    public String toMarkdown() {
        return "| metric | value | unit | better |\n| --- | ---: | --- | --- |\n"
                + rows.stream().map(MetricTable::markdown).collect(Collectors.joining());
    }

    private static String markdown(Row row) {
        String value = Double.isNaN(row.value) ? "–" : String.format(Locale.ROOT, "%.4f", row.value);
        return "| " + cell(row.name) + " | " + value + " | " + cell(row.unit) + " | "
                + (row.higherIsBetter ? "higher" : "lower") + " |\n";
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replaceAll("\\R", " ");
    }

    /**
     * Returns lines of {@code name,value,unit,higher_is_better} under a header (RFC 4180) with all digits; the value of
     * what was not measured is empty.
     */
    public String toCsv() {
        return "name,value,unit,higher_is_better\r\n"
                + rows.stream().map(MetricTable::csv).collect(Collectors.joining());
    }

    private static String csv(Row row) {
        String value = Double.isNaN(row.value) ? "" : Double.toString(row.value);
        return field(row.name) + "," + value + "," + field(row.unit) + "," + row.higherIsBetter + "\r\n";
    }

    private static String field(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
