package dev.mmgen.cli.image;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.model.ModelOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mmgen generate}: the drawing of new images with all their modalities. */
@Command(
        name = "generate",
        description = "Draws new images of a category together with their depth, normals and segmentation.",
        mixinStandardHelpOptions = true)
public final class GenerateCommand implements Runnable {

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final DrawingOptions drawing = new DrawingOptions();

    @Mixin
    private final CategoryOption category = new CategoryOption();

    @Override
    public void run() {
        drawing.requireNothingToFollow();
        Processes.run(group -> {
            try (MmGen mmgen = model.open()) {
                ImageRequestBuilder request = mmgen.generate();
                category.addTo(request);
                drawing.draw(mmgen, request, category.fileName(), group);
            }
        });
    }
}
