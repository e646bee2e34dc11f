package dev.mmgen.cli.image;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.model.ModelOptions;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.torch.distributed.ProcessGroup;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mmgen condition}: the drawing of an image under conditions, which are given modalities. */
@Command(
        name = "condition",
        description =
                "Draws a photo and the other modalities to fit one or more given ones, for example a depth image.",
        mixinStandardHelpOptions = true)
public final class ConditionCommand implements Runnable {

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final DrawingOptions drawing = new DrawingOptions();

    @Option(
            names = {"-g", "--given"},
            paramLabel = "MODALITY=FILE",
            required = true,
            description =
                    "A condition: a modality, such as rgb, depth, normal or segmentation, and its picture or .npy file."
                            + " May be repeated.")
    private Map<String, Path> given = new TreeMap<>();

    @Mixin
    private final ConditionFiles files = new ConditionFiles();

    @Mixin
    private final FitOption fit = new FitOption();

    @Mixin
    private final CategoryOption category = new CategoryOption();

    @Override
    public void run() {
        Processes.run(this::draw);
    }

    private void draw(@Nullable ProcessGroup group) {
        try (MmGen mmgen = model.open()) {
            ImageRequestBuilder request = mmgen.generate();
            category.addTo(request);
            drawing.complete(request);
            given.forEach((name, file) -> {
                Modality modality = mmgen.modalities().find(name);
                RgbImage picture = files.read(modality, file);
                fit.addTo(
                        request.given(modality, picture),
                        file,
                        picture,
                        drawing.results().verbosity());
            });
            drawing.draw(request, "from-" + String.join("-", given.keySet()), group);
        }
    }
}
