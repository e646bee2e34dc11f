package dev.mmgen.cli.image;

import dev.mmgen.ImageRequest;
import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.cli.console.StepProgress;
import dev.mmgen.cli.model.GuidanceOptions;
import dev.mmgen.cli.model.SamplerOptions;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.distributed.WorkShare;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of drawing: seeds, number and size of the images. */
@Command(optionListHeading = "%nDrawing:%n")
final class DrawingOptions {

    /** The names of all results are known, and looked for, before the first is drawn. */
    private static final int MOST = 100_000;

    @Option(
            names = {"--seed", "--seeds"},
            paramLabel = "N",
            split = ",",
            defaultValue = "0",
            description = "The seed of the random numbers, or several: 7,8,9. Each draws --count images. Default: 0.")
    private Set<Long> seeds = new LinkedHashSet<>();

    @Option(
            names = "--first",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "The number of a seed's first image: '--first 9' is the last of '--count 10' again. Default: 0.")
    private int first;

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "The number of images of each seed. Default: 1, and 4 in 'translate'.")
    private @Nullable Integer count;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "4", description = "Images drawn at once. Default: 4.")
    private int batch = 4;

    @Option(
            names = "--width",
            paramLabel = "PIXELS",
            description = "Width of the images. Default: that of the model's training.")
    private @Nullable Integer width;

    @Option(names = "--height", paramLabel = "PIXELS", description = "Height of the images. Default: the width.")
    private @Nullable Integer height;

    @Option(
            names = "--any-size",
            description =
                    "Draw sides of more than 5/4 of the training's too. Default: refuse, since shapes fray there.")
    private boolean anySize;

    @Mixin
    private final SamplerOptions sampler = new SamplerOptions();

    @Mixin
    private final GuidanceOptions guidance = new GuidanceOptions();

    @Mixin
    private final ResultOptions results = new ResultOptions();

    /** The images of one seed, by the names of their files. */
    record Series(long seed, int first, int count, boolean numbered, String name) {

        /** Returns the name of one of the images, which ends with the seed, and the number where there are several. */
        String name(int number) {
            String seeded = name(name);
            return numbered ? String.format(Locale.ROOT, "%s-%04d", seeded, number) : seeded;
        }

        /** Returns another name with the seed, for something that belongs to all images. */
        String name(String other) {
            return other + "-seed" + seed;
        }

        /** Returns the images from one place in the series to another, under the same names. */
        Series part(int begin, int end) {
            return new Series(seed, first + begin, end - begin, numbered, name);
        }

        List<String> names() {
            List<String> names = new ArrayList<>();
            for (int i = first; i < first + count; i++) {
                names.add(name(i));
            }
            return names;
        }
    }

    int batch() {
        return batch;
    }

    ResultOptions results() {
        return results;
    }

    /** Returns a file's name without its extension. */
    static String stem(Path file) {
        Path name = file.getFileName();
        String text = name == null ? "image" : name.toString();
        int dot = text.lastIndexOf('.');
        return dot > 0 ? text.substring(0, dot) : text;
    }

    /** Returns the images to draw for each seed. */
    List<Series> series(String name, int usualCount) {
        int images = count == null ? usualCount : count;
        if (images < 1 || first < 0 || images > Integer.MAX_VALUE - first) {
            throw new IllegalArgumentException("count is " + images + " and first is " + first
                    + "; count must be at least 1, first at least 0, and their sum less than 2^31");
        }
        if ((long) images * seeds.size() > MOST) {
            throw new IllegalArgumentException(images + " images of " + seeds.size() + " seeds; one command draws "
                    + MOST + " at most, and --first goes on with the next ones");
        }
        return seeds.stream()
                .map(seed -> new Series(seed, first, images, images > 1 || first > 0, name))
                .toList();
    }

    /** Checks that none of these results exists, or that it may be replaced. */
    void requireFree(List<Series> all) {
        results.requireFree(
                all.stream().flatMap(series -> series.names().stream()).toList());
    }

    /** Completes a request, and draws and writes all images, of several processes each its share, with a progress bar. */
    void draw(MmGen mmgen, ImageRequestBuilder request, String name, @Nullable ProcessGroup group) {
        List<Series> all = series(name, 1);
        requireFree(all);
        // Checked before the work is shared out.
        ImageRequest wanted = complete(request).build();
        if (group != null) {
            // Before any other process writes what this one would find.
            group.requireSame(
                    "what is to be drawn", all + " " + mmgen.trace(wanted), "Give all processes the same options");
        }
        WorkShare share = WorkShare.of(group);
        if (all.getFirst().count == 1) {
            List<Series> own = all.subList(share.begin(all.size(), batch), share.end(all.size(), batch));
            drawnTogether(mmgen, request, own, name);
            return;
        }
        for (Series series : all) {
            Series own = series.part(share.begin(series.count, batch), share.end(series.count, batch));
            if (own.count > 0) {
                drawn(request, own, name, results::write);
            }
        }
    }

    /** Draws the one image of each seed, so many seeds at once as go into a batch. */
    private void drawnTogether(MmGen mmgen, ImageRequestBuilder request, List<Series> seeds, String task) {
        try (StepProgress progress = results.verbosity().steps(task)) {
            request.onStep(progress);
            for (int begin = 0; begin < seeds.size(); begin += batch) {
                List<Series> some = seeds.subList(begin, Math.min(seeds.size(), begin + batch));
                long began = System.nanoTime();
                List<MultiModalImage> images = mmgen.runAll(some.stream()
                        .map(series ->
                                request.seed(series.seed).first(series.first).build())
                        .toList());
                results.verbosity().detail(() -> task + ": " + images.getFirst().trace());
                for (int i = 0; i < images.size(); i++) {
                    results.write(images.get(i), some.get(i).name(some.get(i).first));
                }
                tell(task, images.size(), some.stream().map(Series::seed).toList(), began);
            }
        }
    }

    private void tell(String task, int images, List<Long> of, long began) {
        results.verbosity()
                .detail(() -> String.format(
                        Locale.ROOT,
                        "%s: %d %s of seed %s in %.2f s",
                        task,
                        images,
                        images == 1 ? "image" : "images",
                        of.stream().map(String::valueOf).collect(Collectors.joining(", ")),
                        Duration.ofNanos(System.nanoTime() - began).toMillis() / 1e3));
    }

    /**
     * Completes the request of a reading that is an input of the next drawing, and reads with a progress bar. Guidance by what is given is
     * for the drawing.
     */
    MultiModalImage image(ImageRequestBuilder request, Series series, String task) {
        try (StepProgress progress = results.verbosity().steps(task)) {
            return complete(request)
                    .guidance(known -> known.withConditionScale(1))
                    .seed(series.seed)
                    .onStep(progress)
                    .run();
        }
    }

    /** Completes a request and draws a series with a progress bar; each image is passed on as soon as it is there. */
    void images(ImageRequestBuilder request, Series series, String task, BiConsumer<MultiModalImage, String> finished) {
        drawn(complete(request), series, task, finished);
    }

    private void drawn(
            ImageRequestBuilder request, Series series, String task, BiConsumer<MultiModalImage, String> finished) {
        long began = System.nanoTime();
        int number = series.first;
        try (StepProgress progress = results.verbosity().steps(task);
                Stream<MultiModalImage> images =
                        request.seed(series.seed).first(series.first).count(series.count).onStep(progress).stream()) {
            for (MultiModalImage image : (Iterable<MultiModalImage>) images::iterator) {
                if (number == series.first) {
                    results.verbosity().detail(() -> task + ": " + image.trace());
                }
                finished.accept(image, series.name(number++));
            }
        }
        tell(task, series.count, List.of(series.seed), began);
    }

    /**
     * Checks that options suit a command that gives the model nothing to follow.
     *
     * @throws IllegalArgumentException if one says how closely what is given is followed
     */
    void requireNothingToFollow() {
        if (guidance.isByConditions()) {
            throw new IllegalArgumentException(
                    "--condition-guidance says how closely given modalities are followed, and none is"
                            + " given here; 'mmgen condition' and 'mmgen translate' give some");
        }
    }

    /** Sets what was given in a request, except for the seed. */
    ImageRequestBuilder complete(ImageRequestBuilder request) {
        Integer across = width == null ? height : width;
        Integer down = height == null ? width : height;
        if (across != null && down != null) {
            if (anySize) {
                request.anySize(across, down);
            } else {
                request.size(across, down);
            }
        }
        request.batch(batch);
        sampler.addTo(request);
        guidance.addTo(request);
        return request;
    }
}
