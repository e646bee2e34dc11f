package dev.mmgen.examples.shapes.evaluation;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What ways to sample cost and what they reach.
 *
 * @param results in the order of the table's rows
 */
public record SamplerComparison(List<Result> results) {

    /** The figures that are shown, by their names in {@link ReadingScore}. */
    static final List<String> FIGURES = List.of(
            "depth AbsRel", "depth AbsRel on objects", "normal mean", "normal mean on objects", "segmentation mIoU",
            "segmentation mIoU on objects");

    /**
     * What one way reached.
     *
     * @param way     how it was sampled
     * @param seconds how long it took to read all scenes once, encoding and decoding included
     * @param figures its figures
     */
    public record Result(SamplingWay way, double seconds, Comparison.Contestant figures) {}

    /** Copies the list. */
    public SamplerComparison {
        results = List.copyOf(results);
    }

    /** Returns a Markdown table, one row per way. */
    public String toMarkdown() {
        String head = Stream.concat(Stream.of("sampler", "steps", "evaluations", "seconds"), FIGURES.stream())
                .collect(Collectors.joining(" | ", "| ", " |\n"));
        return head + "| --- |" + " ---: |".repeat(3 + FIGURES.size()) + '\n'
                + results.stream().map(SamplerComparison::markdown).collect(Collectors.joining());
    }

    private static String markdown(Result result) {
        SamplingWay way = result.way();
        Stream<String> first = Stream.of(way.method(), Integer.toString(way.steps()),
                Integer.toString(way.evaluations()), String.format(Locale.ROOT, "%.1f", result.seconds()));
        Stream<String> figures = FIGURES.stream().map(result.figures()::mean)
                .map(value -> Double.isNaN(value) ? "–" : String.format(Locale.ROOT, value < 1 ? "%.4f" : "%.2f", value));
        return Stream.concat(first, figures).collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    /** Returns the same as CSV (RFC 4180) with all digits. */
    public String toCsv() {
        return Stream.concat(Stream.of("sampler", "steps", "evaluations", "seconds"), FIGURES.stream())
                .collect(Collectors.joining(",", "", "\r\n"))
                + results.stream().map(SamplerComparison::csv).collect(Collectors.joining());
    }

    private static String csv(Result result) {
        SamplingWay way = result.way();
        Stream<String> first = Stream.of('"' + way.method() + '"', Integer.toString(way.steps()),
                Integer.toString(way.evaluations()), Double.toString(result.seconds()));
        Stream<String> figures = FIGURES.stream().map(result.figures()::mean)
                .map(value -> Double.isNaN(value) ? "" : Double.toString(value));
        return Stream.concat(first, figures).collect(Collectors.joining(",", "", "\r\n"));
    }
}
