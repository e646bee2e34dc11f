package dev.mmgen.examples.cli;

import dev.mmgen.ImageRequest;
import dev.mmgen.MmGen;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen generate}: new images with all their modalities. */
@Command(
        name = "generate",
        description = "Draws new images of a category together with their depth, normals and segmentation.",
        mixinStandardHelpOptions = true)
final class Generate implements Runnable {

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final DrawingOptions drawing = new DrawingOptions();

    @Option(names = {"-c", "--category"}, paramLabel = "ID", description = "A class of the model. Default: left open.")
    private @Nullable Integer category;

    @Override
    public void run() {
        try (MmGen mmgen = model.open()) {
            ImageRequest request = mmgen.generate();
            if (category != null) {
                request.category(category);
            }
            drawing.draw(request, category == null ? "generated" : "category-" + category);
        }
    }
}
