package dev.mmgen.cli.image;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.model.ModelOptions;
import dev.mmgen.image.RgbImage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mmgen understand}: the reading of depth, normals and segmentation from photos. */
@Command(
        name = "understand",
        description = {
            "Reads depth, normals and segmentation from photos.",
            "What came from what is listed in index.jsonl, which training reads; if interrupted, run it again to continue."
        },
        mixinStandardHelpOptions = true)
public final class UnderstandCommand implements Runnable {

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final DrawingOptions drawing = new DrawingOptions();

    @Parameters(
            paramLabel = "PHOTO",
            arity = "1..*",
            description = "PNG, JPEG, WebP, BMP or GIF; folders, with all below them; patterns, as in 'trip/**.jpg'.")
    private List<String> photos = new ArrayList<>();

    @Option(
            names = "--ensemble",
            paramLabel = "N",
            defaultValue = "1",
            description = "Readings to merge, with a map of how far they differ. Default: 1.")
    private int ensemble = 1;

    @Option(
            names = "--previous",
            paramLabel = "STRENGTH",
            description =
                    "Read the photos of each folder as the frames of a video, in the order of their names: each begins from the reading of the"
                            + " one before, at this time of the way from noise (1) to the result (0), as in 0.9: less flicker,"
                            + " and below 0.8 more error. Without it, frames share their noise, which alone takes the most"
                            + " flicker away.")
    private @Nullable Double previous;

    @Mixin
    private final FitOption fit = new FitOption.ForReading();

    @Override
    public void run() {
        if (previous != null && !(previous > 0 && previous <= 1)) {
            throw new IllegalArgumentException(
                    "--previous " + previous + " is no time to begin at; it must be above 0 and at most 1, as in 0.9");
        }
        List<PhotoFiles.Photo> found = new PhotoFiles(drawing.results().out()).find(photos);
        if (found.size() == 1) {
            // A damaged photo is named before the model is opened.
            RgbImage.read(found.getFirst().file());
        }
        Processes.run(group -> {
            try (MmGen mmgen = model.open()) {
                new PhotoReadings(mmgen, drawing, fit, photo -> request(mmgen, photo), previous).run(found, group);
            }
        });
    }

    private ImageRequestBuilder request(MmGen mmgen, RgbImage photo) {
        return drawing.complete(mmgen.understand(photo)).fit(fit.fit()).ensemble(ensemble);
    }
}
