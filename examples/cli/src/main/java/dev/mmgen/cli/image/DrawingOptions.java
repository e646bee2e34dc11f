package dev.mmgen.cli.image;

import dev.mmgen.ImageRequest;
import dev.mmgen.MultiModalImage;
import dev.mmgen.cli.console.FileNames;
import dev.mmgen.cli.console.StepProgress;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Sampler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How to draw, and where results go. */
final class DrawingOptions {

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            defaultValue = "out",
            description = "Where PNGs go. Default: out.")
    private Path out = Path.of("out");

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Where random numbers start. Default: 0.")
    private long seed;

    @Option(names = "--count", paramLabel = "N", description = "How many images. Default: 1; of translate, 4.")
    private @Nullable Integer count;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "4", description = "Images drawn at once. Default: 4.")
    private int batch = 4;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Steps of the sampler. Default: the model's; the released ones 250.")
    private @Nullable Integer steps;

    @Option(
            names = "--sampler",
            paramLabel = "NAME",
            description =
                    "euler-maruyama, euler, heun, adams-bashforth, dpm-solver or dpm-solver-sde. Default: the model's;"
                            + " the released ones euler-maruyama.")
    private @Nullable String sampler;

    @Option(
            names = "--guidance",
            paramLabel = "SCALE",
            description =
                    "How strongly the class is followed; 1 is none. The paper: 1 for categories, 1.8 for conditions."
                            + " Default: the model's; the released ones 1.")
    private @Nullable Double guidance;

    @Option(
            names = "--guidance-interval",
            paramLabel = "TIME",
            arity = "2",
            description = "The lowest and highest time with --guidance, from 0 (data) to 1 (noise). Default: 0 1.")
    private double @Nullable [] interval;

    @Option(names = "--width", paramLabel = "PIXELS", description = "Default: as the model was trained.")
    private @Nullable Integer width;

    @Option(names = "--height", paramLabel = "PIXELS", description = "Default: as the width.")
    private @Nullable Integer height;

    /** Returns where results go. */
    Path out() {
        return out;
    }

    /**
     * Returns how results for a photo are named: as the photo.
     *
     * @throws IllegalArgumentException if they would replace the photo itself
     */
    String nameFor(Path photo) {
        String name = FileNames.stem(photo);
        Path result = out.resolve(name + ".png").toAbsolutePath().normalize();
        if (result.equals(photo.toAbsolutePath().normalize())) {
            throw new IllegalArgumentException(
                    "results would replace the photo " + photo + "; name another folder by --out");
        }
        return name;
    }

    /** Completes a request, draws with a progress bar and writes the pictures. */
    void draw(ImageRequest request, String name) {
        List<MultiModalImage> images = images(request, name, 1);
        for (int i = 0; i < images.size(); i++) {
            write(images.get(i), numbered(name, i, images.size()));
        }
    }

    /** Returns the name of one of several results; a single one has no number. */
    static String numbered(String name, int number, int count) {
        return count == 1 ? name : String.format("%s-%04d", name, number);
    }

    /** Writes an image's pictures and says where. */
    void write(MultiModalImage image, String name) {
        image.write(out, name);
        System.out.println(out.resolve(name + ".png"));
    }

    /** Completes a request for one image that other steps need, and draws it with a progress bar. */
    MultiModalImage image(ImageRequest request, String name) {
        return run(complete(request), name).getFirst();
    }

    /** Completes a request, and draws as many images as were asked for with a progress bar. */
    List<MultiModalImage> images(ImageRequest request, String name, int usualCount) {
        return run(complete(request).count(count == null ? usualCount : count), name);
    }

    private List<MultiModalImage> run(ImageRequest request, String name) {
        try (StepProgress progress = new StepProgress(name)) {
            return request.onStep(progress).runAll();
        }
    }

    private ImageRequest complete(ImageRequest request) {
        requireWritable(out);
        if (width != null) {
            request.size(width, height == null ? width : height);
        } else if (height != null) {
            request.size(height, height);
        }
        method(request.seed(seed).batch(batch));
        return request;
    }

    /** Sets what differs from the model's own way. */
    private void method(ImageRequest request) {
        if (steps != null) {
            request.steps(steps);
        }
        if (sampler != null) {
            request.sampler(Sampler.named(sampler));
        }
        if (guidance != null) {
            Guidance strength = Guidance.of(guidance);
            request.guidance(interval == null ? strength : strength.within(interval[0], interval[1]));
        } else if (interval != null) {
            throw new IllegalArgumentException("--guidance-interval says when, but not how strong: add --guidance");
        }
    }

    /** Drawing can take long: a folder that cannot be written is better noticed before. */
    private static void requireWritable(Path folder) {
        Path existing = folder.toAbsolutePath();
        while (existing.getParent() != null && Files.notExists(existing)) {
            existing = existing.getParent();
        }
        if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
            throw new IllegalArgumentException("--out " + folder + " cannot be written, because " + existing
                    + " is not a folder with permission to write; name another");
        }
    }
}
