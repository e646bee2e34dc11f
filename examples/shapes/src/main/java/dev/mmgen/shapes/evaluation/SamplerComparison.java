package dev.mmgen.shapes.evaluation;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The comparison of samplers and steps, by time and quality.
 *
 * @param job     the job that was done
 * @param results in the order of the table's rows
 */
public record SamplerComparison(Job job, List<Result> results) {

    /** The job of a model, which decides the figures. */
    public enum Job {
        /** Depth, normals and segmentation of a photo, by {@link ReadingScore}. */
        READING(
                List.of(
                        "depth AbsRel",
                        "depth AbsRel on objects",
                        "normal mean",
                        "normal mean on objects",
                        "segmentation mIoU",
                        "segmentation mIoU on objects"),
                List.of("depth AbsRel", "normal mean", "segmentation mIoU")),
        /** All modalities of a category, by {@link GenerationScore}. */
        DRAWING(
                List.of(
                        "category accuracy",
                        "proxy FID",
                        "precision",
                        "recall",
                        "depth against the photo",
                        "normals against the photo",
                        "segmentation against the photo, mIoU",
                        "normals against depth"),
                List.of("category accuracy", "proxy FID", "normals against depth"));

        private final List<String> figures;
        private final List<String> plotted;

        Job(List<String> figures, List<String> plotted) {
            this.figures = figures;
            this.plotted = plotted;
        }

        /** Returns the figures of the table, by name. */
        List<String> figures() {
            return figures;
        }

        /** Returns the figures of the plot, by name. */
        List<String> plotted() {
            return plotted;
        }
    }

    /**
     * The result of one sampler.
     *
     * @param way         the sampler and its steps
     * @param evaluations of the model, those of guidance included
     * @param seconds     the time of one pass over all images, with encoding and decoding
     * @param figures     the quality
     */
    public record Result(SamplingWay way, int evaluations, double seconds, Scoreboard.Contestant figures) {}

    /** Copies the list. */
    public SamplerComparison {
        results = List.copyOf(results);
    }

    /** Returns a Markdown table, one row per way. */
    public String toMarkdown() {
        String head = Stream.concat(Stream.of("sampler", "steps", "evaluations", "seconds"), job.figures().stream())
                .collect(Collectors.joining(" | ", "| ", " |\n"));
        return head + "| --- |" + " ---: |".repeat(3 + job.figures().size()) + '\n'
                + results.stream().map(this::markdown).collect(Collectors.joining());
    }

    private String markdown(Result result) {
        SamplingWay way = result.way();
        Stream<String> first = Stream.of(
                way.method(),
                Integer.toString(way.steps()),
                Integer.toString(result.evaluations()),
                String.format(Locale.ROOT, "%.1f", result.seconds()));
        Stream<String> figures = job.figures().stream()
                .map(result.figures()::mean)
                .map(value ->
                        Double.isNaN(value) ? "–" : String.format(Locale.ROOT, value < 1 ? "%.4f" : "%.2f", value));
        return Stream.concat(first, figures).collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    /** Returns the same as CSV (RFC 4180) with all digits. */
    public String toCsv() {
        return Stream.concat(
                                Stream.of("sampler", "steps", "evaluations", "seconds"),
                                job.figures().stream().map(Scoreboard::field))
                        .collect(Collectors.joining(",", "", "\r\n"))
                + results.stream().map(this::csv).collect(Collectors.joining());
    }

    private String csv(Result result) {
        SamplingWay way = result.way();
        Stream<String> first = Stream.of(
                '"' + way.method() + '"',
                Integer.toString(way.steps()),
                Integer.toString(result.evaluations()),
                Double.toString(result.seconds()));
        Stream<String> figures = job.figures().stream()
                .map(result.figures()::mean)
                .map(value -> Double.isNaN(value) ? "" : Double.toString(value));
        return Stream.concat(first, figures).collect(Collectors.joining(",", "", "\r\n"));
    }
}
