package dev.mmgen.cli.image;

import dev.mmgen.MmGen;
import dev.mmgen.cli.model.ModelOptions;
import dev.mmgen.image.RgbImage;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code mmgen understand}: the reading of depth, normals and segmentation from a photo. */
@Command(
        name = "understand",
        description = "Reads depth, normals and segmentation from a photo.",
        mixinStandardHelpOptions = true)
public final class UnderstandCommand implements Runnable {

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final DrawingOptions drawing = new DrawingOptions();

    @Parameters(paramLabel = "PHOTO", description = "PNG, JPEG, WebP, BMP or GIF.")
    @SuppressWarnings("NullAway.Init")
    private Path photo;

    @Override
    public void run() {
        RgbImage picture = RgbImage.read(photo);
        try (MmGen mmgen = model.open()) {
            drawing.draw(mmgen.understand(picture), DrawingOptions.stem(photo));
        }
    }
}
