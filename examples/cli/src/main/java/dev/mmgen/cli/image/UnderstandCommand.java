package dev.mmgen.cli.image;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.model.ModelOptions;
import dev.mmgen.image.RgbImage;
import java.util.ArrayList;
import java.util.List;
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

    @Mixin
    private final FitOption fit = new FitOption();

    @Override
    public void run() {
        List<PhotoFiles.Photo> found = new PhotoFiles(drawing.results().out()).find(photos);
        if (found.size() == 1) {
            // A damaged photo is named before the model is opened.
            RgbImage.read(found.getFirst().file());
        }
        Processes.run(group -> {
            try (MmGen mmgen = model.open()) {
                new PhotoReadings(mmgen, drawing, fit, photo -> request(mmgen, photo)).run(found, group);
            }
        });
    }

    private ImageRequestBuilder request(MmGen mmgen, RgbImage photo) {
        return drawing.complete(mmgen.understand(photo)).fit(fit.fit()).ensemble(ensemble);
    }
}
