package dev.mmgen.cli.prepare;

import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.console.ProgressBars;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.finetune.TrainingData;
import dev.mmgen.train.label.CannyEdges;
import dev.mmgen.train.prepare.EdgePictures;
import java.nio.file.Files;
import java.nio.file.Path;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mmgen prepare canny}: the drawing of edges, as a modality to train on. */
@Command(
        name = "canny",
        description =
                "Draws the edges of the photos of an index, and writes an index that has them. If interrupted, run it again to"
                        + " continue.",
        mixinStandardHelpOptions = true)
final class CannyCommand implements Runnable {

    @Option(names = "--index", paramLabel = "FILE", required = true, description = "The JSONL index of the samples.")
    @SuppressWarnings("NullAway.Init")
    private Path index;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            required = true,
            description = "Where the pictures and the new index.jsonl go.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(
            names = "--modality",
            paramLabel = "NAME",
            defaultValue = "segmentation",
            description =
                    "The name of the edges in the new index: segmentation, to replace it, or for example canny, to add"
                            + " a modality. Default: segmentation.")
    private String modality = "segmentation";

    @Option(
            names = "--size",
            paramLabel = "PIXELS",
            description = "Crop photos to a square of this side first, as training does. Default: no cropping.")
    private @Nullable Integer size;

    @Option(
            names = "--sigma",
            paramLabel = "PIXELS",
            description = "The radius by which photos are smoothed first. Default: 1.")
    private double sigma = CannyEdges.DEFAULT.sigma();

    @Option(
            names = "--low",
            paramLabel = "LEVELS",
            description = "The least change from pixel to pixel along an edge, out of 255. Default: 6.")
    private double low = CannyEdges.DEFAULT.low();

    @Option(
            names = "--high",
            paramLabel = "LEVELS",
            description = "The change that an edge must reach somewhere. Default: 15.")
    private double high = CannyEdges.DEFAULT.high();

    @Override
    public void run() {
        Processes.requireOne();
        Path newIndex = out.resolve("index.jsonl");
        if (Files.exists(newIndex)) {
            throw new IllegalArgumentException(newIndex + " exists already; remove it to draw what is missing");
        }
        CannyEdges edges = new CannyEdges(sigma, low, high);
        EdgePictures pictures = size == null ? EdgePictures.of(edges, out) : EdgePictures.cropped(edges, out, size);
        JsonlIndex samples = JsonlIndex.read(index);
        JsonlIndex drawn;
        try (ProgressBar bar = ProgressBars.of("Drawing edges", "photos")
                .setInitialMax(samples.size())
                .build()) {
            drawn = pictures.draw(samples, TrainingData.indexName(modality), bar::stepTo);
        }
        drawn.write(newIndex);
        System.out.println(newIndex);
    }
}
