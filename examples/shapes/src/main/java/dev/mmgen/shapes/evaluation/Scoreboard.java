package dev.mmgen.shapes.evaluation;

import dev.mmgen.train.metric.MetricTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The scores of several contestants side by side.
 *
 * @param contestants in the order of the table's columns, with different names
 */
public record Scoreboard(List<Contestant> contestants) {

    /**
     * The figures of a contestant.
     *
     * @param name the title of the column
     * @param runs the same figures for each seed, at least one table
     */
    public record Contestant(String name, List<MetricTable> runs) {

        /**
         * Copies the list.
         *
         * @throws IllegalArgumentException if it is empty
         */
        public Contestant {
            runs = List.copyOf(runs);
            if (runs.isEmpty()) {
                throw new IllegalArgumentException("'" + name + "' has no figures");
            }
        }

        /** Returns the mean of a figure over the seeds; NaN if it was not measured. */
        public double mean(String metric) {
            return values(metric).stream()
                    .mapToDouble(Double::doubleValue)
                    .average()
                    .orElse(Double.NaN);
        }

        /** Returns the standard deviation of a figure over the seeds (of a sample, n − 1); none of fewer than two. */
        public OptionalDouble deviation(String metric) {
            List<Double> values = values(metric);
            if (values.size() < 2) {
                return OptionalDouble.empty();
            }
            double mean = mean(metric);
            double squares = values.stream()
                    .mapToDouble(value -> (value - mean) * (value - mean))
                    .sum();
            return OptionalDouble.of(Math.sqrt(squares / (values.size() - 1)));
        }

        private List<Double> values(String metric) {
            return runs.stream()
                    .flatMap(run -> run.rows().stream())
                    .filter(row -> row.name().equals(metric))
                    .map(MetricTable.Row::value)
                    .toList();
        }
    }

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if it is empty or a name comes twice
     */
    public Scoreboard {
        contestants = List.copyOf(contestants);
        if (contestants.isEmpty()
                || contestants.stream().map(Contestant::name).distinct().count() < contestants.size()) {
            throw new IllegalArgumentException("a scoreboard needs contestants with different names, not "
                    + contestants.stream().map(Contestant::name).toList());
        }
    }

    /** Returns every figure that some contestant has, once. */
    private List<MetricTable.Row> rows() {
        Map<String, MetricTable.Row> rows = new LinkedHashMap<>();
        contestants.stream()
                .flatMap(contestant -> contestant.runs().stream())
                .flatMap(run -> run.rows().stream())
                .forEach(row -> rows.putIfAbsent(row.name(), row));
        return List.copyOf(rows.values());
    }

    /**
     * Returns a Markdown table of means, each with its deviation over seeds: degrees and percent with two decimals, the
     * others with four. A figure that was not measured is a dash.
     */
    public String toMarkdown() {
        List<String> names = contestants.stream().map(Contestant::name).toList();
        StringBuilder table = new StringBuilder(line("metric", "better", names));
        table.append("| --- | --- |").append(" ---: |".repeat(names.size())).append('\n');
        for (MetricTable.Row row : rows()) {
            String name = row.unit().isEmpty() ? row.name() : row.name() + " (" + row.unit() + ")";
            table.append(line(
                    name,
                    row.higherIsBetter() ? "higher" : "lower",
                    contestants.stream()
                            .map(contestant -> cell(contestant, row))
                            .toList()));
        }
        return table.toString();
    }

    private static String line(String first, String second, List<String> others) {
        return Stream.concat(Stream.of(first, second), others.stream())
                .map(text -> text.replace("|", "\\|").replaceAll("\\R", " "))
                .collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    private static String cell(Contestant contestant, MetricTable.Row row) {
        double mean = contestant.mean(row.name());
        if (Double.isNaN(mean)) {
            return "–";
        }
        String format = row.unit().isEmpty() ? "%.4f" : "%.2f";
        OptionalDouble deviation = contestant.deviation(row.name());
        return String.format(Locale.ROOT, format, mean)
                + (deviation.isEmpty() ? "" : String.format(Locale.ROOT, " ± " + format, deviation.getAsDouble()));
    }

    /**
     * Returns lines of {@code contestant,metric,mean,deviation,runs,unit,higher_is_better} under a header (RFC 4180)
     * with all digits; a value that was not measured is empty, and so is the deviation of a single run.
     */
    public String toCsv() {
        List<String> lines = new ArrayList<>(List.of("contestant,metric,mean,deviation,runs,unit,higher_is_better"));
        for (Contestant contestant : contestants) {
            for (MetricTable.Row row : rows()) {
                double mean = contestant.mean(row.name());
                OptionalDouble deviation = contestant.deviation(row.name());
                lines.add(String.join(
                        ",",
                        field(contestant.name()),
                        field(row.name()),
                        Double.isNaN(mean) ? "" : Double.toString(mean),
                        deviation.isEmpty() || Double.isNaN(mean) ? "" : Double.toString(deviation.getAsDouble()),
                        Integer.toString(contestant.runs().size()),
                        field(row.unit()),
                        Boolean.toString(row.higherIsBetter())));
            }
        }
        return String.join("\r\n", lines) + "\r\n";
    }

    /** Returns a text as a CSV file has it (RFC 4180). */
    static String field(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
