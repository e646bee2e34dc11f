package dev.mmgen.cli.image;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.cli.model.ModelOptions;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.torch.distributed.ProcessGroup;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

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
                    "A condition: a modality, such as rgb, depth, normal or segmentation, and its picture, .npy array or TIFF of floats."
                            + " May be repeated.")
    private List<String> given = List.of();

    @Mixin
    private final ConditionFiles files = new ConditionFiles();

    @Mixin
    private final FitOption fit = new FitOption.ForDrawing();

    @Mixin
    private final CategoryOption category = new CategoryOption();

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    @Override
    public void run() {
        Map<String, Path> conditions = conditions();
        Processes.run(group -> draw(conditions, group));
    }

    /** Returns the file of each modality; a map of picocli's would keep the last of two without a word. */
    private Map<String, Path> conditions() {
        Map<String, Path> conditions = new LinkedHashMap<>();
        for (String one : given) {
            int equals = one.indexOf('=');
            if (equals < 1) {
                throw new ParameterException(
                        command.commandLine(),
                        "--given is '" + one + "'; it must be MODALITY=FILE, as in depth=depth.png");
            }
            String name = one.substring(0, equals);
            if (conditions.put(name, Path.of(one.substring(equals + 1))) != null) {
                throw new ParameterException(
                        command.commandLine(), "--given " + name + " is there twice; give each modality once");
            }
        }
        return conditions;
    }

    private void draw(Map<String, Path> conditions, @Nullable ProcessGroup group) {
        try (MmGen mmgen = model.open()) {
            ImageRequestBuilder request = mmgen.generate();
            category.addTo(request);
            drawing.complete(request);
            conditions.forEach((name, file) -> {
                Modality modality = mmgen.modalities().find(name);
                RgbImage picture = files.read(modality, file);
                fit.addTo(
                        request.given(modality, picture),
                        file,
                        picture,
                        drawing.results().verbosity());
            });
            drawing.draw(mmgen, request, "from-" + String.join("-", conditions.keySet()), group);
        }
    }
}
