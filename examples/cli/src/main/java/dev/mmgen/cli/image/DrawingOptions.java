package dev.mmgen.cli.image;

import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MultiModalImage;
import dev.mmgen.RawFormat;
import dev.mmgen.cli.console.StepProgress;
import dev.mmgen.cli.model.GuidanceOptions;
import dev.mmgen.cli.model.SamplerOptions;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of drawing: seed, number and size of the images, the folder of the results. */
@Command(optionListHeading = "%nDrawing:%n")
final class DrawingOptions {

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            defaultValue = "out",
            description = "The folder of the PNGs. Default: out.")
    private Path out = Path.of("out");

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "The seed of the random numbers. Default: 0.")
    private long seed;

    @Option(names = "--count", paramLabel = "N", description = "The number of images. Default: 1; in translate, 4.")
    private @Nullable Integer count;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "4", description = "Images drawn at once. Default: 4.")
    private int batch = 4;

    @Option(
            names = "--raw",
            paramLabel = "FORMAT",
            split = ",",
            description = "Write the numbers too, before they become 8 bits: npy (NumPy arrays), png16 (16-bit PNGs).")
    private Set<RawFormat> raw = EnumSet.noneOf(RawFormat.class);

    @Option(
            names = "--no-metadata",
            description =
                    "Leave out of the PNGs how they were drawn: model, seed, sampler, steps, conditions, version.")
    private boolean withoutMetadata;

    @Option(
            names = "--width",
            paramLabel = "PIXELS",
            description = "Width of the images. Default: that of the model's training.")
    private @Nullable Integer width;

    @Option(names = "--height", paramLabel = "PIXELS", description = "Height of the images. Default: the width.")
    private @Nullable Integer height;

    @Mixin
    private final SamplerOptions sampler = new SamplerOptions();

    @Mixin
    private final GuidanceOptions guidance = new GuidanceOptions();

    /** Returns the folder of the results. */
    Path out() {
        return out;
    }

    /**
     * Returns the name of the results for a photo: that of the photo.
     *
     * @throws IllegalArgumentException if they would replace the photo itself
     */
    String nameFor(Path photo) {
        String name = stem(photo);
        Path result = out.resolve(name + ".png").toAbsolutePath().normalize();
        if (result.equals(photo.toAbsolutePath().normalize())) {
            throw new IllegalArgumentException(
                    "results would replace the photo " + photo + "; name another folder by --out");
        }
        return name;
    }

    /** Returns a file's name without its extension. */
    static String stem(Path file) {
        Path name = file.getFileName();
        String text = name == null ? "image" : name.toString();
        int dot = text.lastIndexOf('.');
        return dot > 0 ? text.substring(0, dot) : text;
    }

    /** Completes a request, draws with a progress bar and writes the pictures. */
    void draw(ImageRequestBuilder request, String name) {
        List<MultiModalImage> images = images(request, name, 1);
        for (int i = 0; i < images.size(); i++) {
            write(images.get(i), numbered(name, i, images.size()));
        }
    }

    /** Returns the name of one of several results; a single one has no number. */
    static String numbered(String name, int number, int count) {
        return count == 1 ? name : String.format(Locale.ROOT, "%s-%04d", name, number);
    }

    /** Writes an image's pictures and prints the name of the sheet. */
    void write(MultiModalImage image, String name) {
        MultiModalImage written = withoutMetadata ? image.withTrace(Map.of()) : image;
        written.write(out, name);
        raw.forEach(format -> written.writeRaw(out, name, format));
        System.out.println(out.resolve(name + ".png"));
    }

    /** Completes a request for one image that is an input of the next, and draws it with a progress bar. */
    MultiModalImage image(ImageRequestBuilder request, String name) {
        return run(complete(request), name).getFirst();
    }

    /** Completes a request, and draws the number of images that {@code --count} asks for, with a progress bar. */
    List<MultiModalImage> images(ImageRequestBuilder request, String name, int usualCount) {
        return run(complete(request).count(count == null ? usualCount : count), name);
    }

    private List<MultiModalImage> run(ImageRequestBuilder request, String name) {
        try (StepProgress progress = new StepProgress(name)) {
            return request.onStep(progress).runAll();
        }
    }

    private ImageRequestBuilder complete(ImageRequestBuilder request) {
        if (width != null) {
            request.size(width, height == null ? width : height);
        } else if (height != null) {
            request.size(height, height);
        }
        request.seed(seed).batch(batch);
        sampler.addTo(request);
        guidance.addTo(request);
        return request;
    }
}
