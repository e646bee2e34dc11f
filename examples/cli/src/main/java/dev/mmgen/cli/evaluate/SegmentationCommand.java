package dev.mmgen.cli.evaluate;

import dev.mmgen.cli.console.Processes;
import dev.mmgen.train.metric.MatchedSegmentationMetrics;
import dev.mmgen.train.metric.MetricTable;
import dev.mmgen.train.metric.Palette;
import dev.mmgen.train.metric.SegmentationMetrics;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen evaluate segmentation}: the errors of segmentation masks. */
@Command(
        name = "segmentation",
        description =
                "Compares segmentation masks with true ones. Without --colours, colours have no meaning: predicted pixels"
                        + " take the nearest colour of the true mask, and segments are matched so that they fit best.",
        mixinStandardHelpOptions = true)
final class SegmentationCommand implements Runnable {

    @Mixin
    private final PicturePairs pairs = new PicturePairs();

    @Option(
            names = "--colours",
            paramLabel = "RRGGBB",
            split = ",",
            description = "The colours of the labels, where they have a meaning: --colours c0a060,4060a0,20c0e0")
    private @Nullable List<String> colours;

    @Override
    public void run() {
        Processes.runInFirst(this::evaluate);
    }

    private void evaluate() {
        ReportFiles files = pairs.files();
        files.table("segmentation", colours == null ? matched() : fixed(Palette.of(numbers(colours))));
    }

    private static int[] numbers(List<String> colours) {
        return colours.stream().mapToInt(SegmentationCommand::number).toArray();
    }

    private static int number(String colour) {
        if (!colour.matches("[0-9a-fA-F]{6}")) {
            throw new IllegalArgumentException("--colours: '" + colour + "' is not a colour RRGGBB, such as c0a060");
        }
        return Integer.parseInt(colour, 16);
    }

    private MetricTable fixed(Palette palette) {
        SegmentationMetrics metrics = new SegmentationMetrics(palette.size());
        pairs.judge((predicted, truth) -> metrics.add(palette.labels(predicted), palette.labels(truth)));
        return metrics.total().table();
    }

    private MetricTable matched() {
        MatchedSegmentationMetrics metrics = new MatchedSegmentationMetrics();
        pairs.judge((predicted, truth) -> {
            Palette palette = Palette.distinct(truth, MatchedSegmentationMetrics.MAX_SEGMENTS);
            metrics.add(palette.labels(predicted), palette.labels(truth));
        });
        return metrics.mean().table();
    }
}
