package dev.mmgen.examples.cli;

import dev.mmgen.ImageRequest;
import dev.mmgen.MultiModalImage;
import dev.mmgen.sampling.Guidance;
import dev.mmgen.sampling.Sampler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How to draw, and where results go. */
final class DrawingOptions {

    @Option(names = {"-o", "--out"}, paramLabel = "FOLDER", defaultValue = "out", description = "Where PNGs go. Default: out.")
    private Path out = Path.of("out");

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Where random numbers start. Default: 0.")
    private long seed;

    @Option(names = "--count", paramLabel = "N", defaultValue = "1", description = "How many images. Default: 1.")
    private int count = 1;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "4", description = "Images drawn at once. Default: 4.")
    private int batch = 4;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "250", description = "Steps of the sampler. Default: 250.")
    private int steps = 250;

    @Option(
            names = "--sampler",
            paramLabel = "NAME",
            defaultValue = "euler-maruyama",
            description = "euler-maruyama, euler, heun or adams-bashforth. Default: euler-maruyama.")
    private String sampler = "euler-maruyama";

    @Option(
            names = "--guidance",
            paramLabel = "SCALE",
            defaultValue = "1",
            description = "How strongly the class is followed; 1 is none. The paper: 1 for categories, 1.8 for conditions.")
    private double guidance = 1;

    @Option(
            names = "--guidance-interval",
            paramLabel = "TIME",
            arity = "2",
            description = "The lowest and highest time with guidance, from 0 (data) to 1 (noise). Default: 0 1.")
    private double @Nullable [] interval;

    @Option(names = "--width", paramLabel = "PIXELS", description = "Default: as the model was trained.")
    private @Nullable Integer width;

    @Option(names = "--height", paramLabel = "PIXELS", description = "Default: as the width.")
    private @Nullable Integer height;

    /** Completes a request, draws with a progress bar and writes the pictures. */
    void draw(ImageRequest request, String name) {
        requireWritable(out);
        if (width != null) {
            request.size(width, height == null ? width : height);
        } else if (height != null) {
            request.size(height, height);
        }
        Guidance strength = Guidance.of(guidance);
        request.seed(seed)
                .count(count)
                .batch(batch)
                .steps(steps)
                .sampler(Sampler.named(sampler))
                .guidance(interval == null ? strength : strength.within(interval[0], interval[1]));
        List<MultiModalImage> images;
        try (StepProgress progress = new StepProgress(name)) {
            images = request.onStep(progress).runAll();
        }
        for (int i = 0; i < images.size(); i++) {
            String file = images.size() == 1 ? name : String.format("%s-%04d", name, i);
            images.get(i).write(out, file);
            System.out.println(out.resolve(file + ".png"));
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
