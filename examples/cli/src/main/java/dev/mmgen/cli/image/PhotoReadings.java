package dev.mmgen.cli.image;

import dev.mmgen.ImageRequest;
import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.cli.console.FailureLine;
import dev.mmgen.cli.console.LastWord;
import dev.mmgen.cli.console.StepProgress;
import dev.mmgen.cli.console.Verbosity;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.SamplingStep;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.distributed.WorkShare;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/**
 * The reading of many photos in one process, in batches: while the model reads one batch, the next is loaded; then its images are
 * written by all processors at once, since a writer beside the model would hold up each of its threads in turn. No more than two
 * batches are in memory. What the index of the results lists is skipped; a damaged photo is named,
 * and the others are read. All photos have the noise of their seed, so that the frames of a video do not differ by noise; where a
 * strength is set, each begins from the reading of the one before.
 */
final class PhotoReadings {

    private static final Pattern ENDING = Pattern.compile("-seed-?\\d+(-\\d{4,})?$");

    private final MmGen mmgen;
    private final DrawingOptions drawing;
    private final FitOption fit;
    private final Function<RgbImage, ImageRequestBuilder> request;
    private final ResultOptions results;
    private final Path indexFile;

    /** Set where the photos are the frames of a video: the time at which a reading begins from the one before. */
    private @Nullable Double strength;

    /** The last reading of each image of each seed, for the next frame. */
    private final Map<Chain, MultiModalImage> previous = new HashMap<>();

    private int damaged;

    /**
     * @param request makes the request for a photo, except for seed and number
     */
    PhotoReadings(MmGen mmgen, DrawingOptions drawing, FitOption fit, Function<RgbImage, ImageRequestBuilder> request) {
        this.mmgen = mmgen;
        this.drawing = drawing;
        this.fit = fit;
        this.request = request;
        this.results = drawing.results();
        this.indexFile = results.out().resolve("index.jsonl");
    }

    /** An image to read. */
    private record Job(Path photo, DrawingOptions.Series series, int number) {

        String key() {
            return series.name(number);
        }

        Chain chain() {
            return new Chain(photo.toAbsolutePath().resolveSibling(""), series.seed(), number);
        }
    }

    /** The readings of a video's frames that follow each other: those of one folder, seed and number. */
    private record Chain(Path folder, long seed, int number) {}

    /** A job and its request. */
    private record Loaded(Job job, ImageRequest request) {}

    /** The progress of a single image by its steps, of many by images. */
    private record Progress(
            @Nullable StepProgress steps, @Nullable ProgressBar images) implements AutoCloseable {

        static Progress of(Verbosity verbosity, int jobs) {
            return jobs == 1
                    ? new Progress(verbosity.steps("Reading"), null)
                    : new Progress(null, verbosity.bar("Reading", "images", jobs));
        }

        void step(SamplingStep step) {
            if (steps != null) {
                steps.accept(step);
            }
        }

        void image() {
            if (images != null) {
                images.step();
            }
        }

        @Override
        public void close() {
            if (steps != null) {
                steps.close();
            }
            if (images != null) {
                images.close();
            }
        }
    }

    /** Reads the photos as the frames of a video, each from the reading of the one before, which begins at a time of the path. */
    PhotoReadings fromPrevious(double newStrength) {
        strength = newStrength;
        return this;
    }

    /**
     * Reads the photos that are not read yet, of several processes each its share; what is written is that of one process.
     *
     * @param group the processes that were given the same photos; null for this one alone
     * @throws IllegalStateException at the end, if some could not be read
     */
    void run(List<PhotoFiles.Photo> photos, @Nullable ProcessGroup group) {
        if (strength != null && group != null) {
            throw new IllegalArgumentException(
                    "--previous reads frames one after another, which several processes cannot"
                            + " share; leave out 'mmgen launch'");
        }
        ReadingIndex index = ReadingIndex.open(indexFile, group);
        List<Job> jobs = jobs(photos, index);
        int skipped = jobs.size();
        if (!results.replaces()) {
            jobs = strength == null ? unread(jobs, index) : unreadFrames(jobs, index);
        }
        skipped -= jobs.size();
        if (skipped > 0) {
            results.verbosity()
                    .note((skipped == 1 ? "1 image is" : skipped + " images are") + " read already, as "
                            + results.out().resolve("index.jsonl") + " lists them; --force reads them anew");
        }
        Set<String> anew = new HashSet<>(jobs.stream().map(Job::key).toList());
        if (!index.exists()) {
            results.requireFree(anew);
        }
        if (group == null || group.isFirst()) {
            index.sweep(anew);
        }
        if (group != null) {
            // Before any process writes what another one would find.
            String first =
                    jobs.isEmpty() ? "" : ", of which the first is to be read so: " + trace(jobs.getFirst(), false);
            group.requireSame(
                    "the images to read",
                    jobs.size() + " of them" + first,
                    "Give all processes the same photos and options");
        }
        index.begin();
        index.remove(anew);
        read(WorkShare.of(group).of(jobs, drawing.batch()), index, group == null && jobs.size() == 1);
        if (group != null) {
            damaged = group.allGather(Integer.toString(damaged)).stream()
                    .mapToInt(Integer::parseInt)
                    .sum();
            if (group.isFirst()) {
                ReadingIndex.merge(indexFile, jobs.stream().map(Job::key).toList());
            }
        }
        if (damaged > 0) {
            throw new IllegalStateException(
                    damaged + " of " + photos.size() + " photos could not be read; the others are in " + results.out());
        }
    }

    private List<Job> unread(List<Job> jobs, ReadingIndex index) {
        Map<Chain, Map<String, String>> traces = new HashMap<>();
        return jobs.stream()
                .filter(job -> !index.isDone(
                        job.key(), job.photo, traces.computeIfAbsent(job.chain(), _ -> trace(job, false))))
                .toList();
    }

    /** Returns the frames that are not read yet and all that follow them, and takes what is read of the one before. */
    private List<Job> unreadFrames(List<Job> jobs, ReadingIndex index) {
        Map<Chain, String> done = new LinkedHashMap<>();
        Set<Chain> broken = new HashSet<>();
        List<Job> unread = new ArrayList<>();
        for (Job job : jobs) {
            Chain chain = job.chain();
            if (!broken.contains(chain) && index.isDone(job.key(), job.photo, trace(job, done.containsKey(chain)))) {
                done.put(chain, job.key());
            } else {
                broken.add(chain);
                unread.add(job);
            }
        }
        done.forEach((chain, key) -> {
            if (broken.contains(chain)) {
                previous.put(chain, written(key));
            }
        });
        return unread;
    }

    /** Returns what was written of an image. */
    private MultiModalImage written(String key) {
        Map<Modality, RgbImage> pictures = new LinkedHashMap<>();
        mmgen.modalities()
                .forEach(modality ->
                        pictures.put(modality, RgbImage.read(results.out().resolve(key + "." + modality + ".png"))));
        return new MultiModalImage(pictures);
    }

    /** Returns how an image would be drawn, of whatever photo. */
    private Map<String, String> trace(Job job, boolean follows) {
        int side = mmgen.resolution();
        RgbImage any = RgbImage.of(side, side, new byte[3 * side * side]);
        ImageRequest request = build(job, any, _ -> {});
        if (follows && strength != null) {
            request = request.startingFrom(new MultiModalImage(request.given().conditions()), strength);
        }
        return mmgen.trace(request);
    }

    private ImageRequest build(Job job, RgbImage photo, Consumer<SamplingStep> listener) {
        return request.apply(photo)
                .seed(job.series.seed())
                .first(job.number)
                .count(1)
                .onStep(listener)
                .build();
    }

    /** Returns the images to read, under names that no other photo has, here or in the index. */
    private List<Job> jobs(List<PhotoFiles.Photo> photos, ReadingIndex index) {
        Map<String, Path> owners = new HashMap<>();
        Map<Path, String> known = new HashMap<>();
        index.keysByPhoto()
                .forEach((photo, keys) -> keys.forEach(key -> {
                    String name = ENDING.matcher(key).replaceFirst("");
                    owners.put(name, photo);
                    known.putIfAbsent(photo, name);
                }));
        List<Job> jobs = new ArrayList<>();
        for (PhotoFiles.Photo photo : photos) {
            Path file = photo.file().toAbsolutePath().normalize();
            String name = known.computeIfAbsent(file, _ -> free(photo, owners));
            owners.put(name, file);
            for (DrawingOptions.Series series : drawing.series(name, 1)) {
                for (int number = series.first(); number < series.first() + series.count(); number++) {
                    jobs.add(new Job(photo.file(), series, number));
                }
            }
        }
        return jobs;
    }

    /** Returns the name of a photo's results: its own without the extension, or else with it, or else with a number. */
    private static String free(PhotoFiles.Photo photo, Map<String, Path> owners) {
        String name = photo.name().toString();
        if (owners.containsKey(name)) {
            name = photo.name().resolveSibling(photo.file().getFileName()).toString();
        }
        String free = name;
        for (int i = 2; owners.containsKey(free); i++) {
            free = name + "-" + i;
        }
        return free;
    }

    private void read(List<Job> jobs, ReadingIndex index, boolean alone) {
        Iterator<List<Job>> batches = batches(jobs).iterator();
        AtomicInteger done = new AtomicInteger();
        try (LastWord _ = LastWord.of(
                        results.verbosity(),
                        () -> "ended early: " + done + " of " + jobs.size() + " images are in " + results.out()
                                + "; the same command goes on from there");
                Progress progress = Progress.of(results.verbosity(), jobs.size());
                ExecutorService files =
                        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
            CompletableFuture<List<Loaded>> next = load(batches, alone, progress, files);
            while (next != null) {
                List<Loaded> loaded = next.join();
                next = load(batches, alone, progress, files);
                // Empty where all photos of a batch are damaged.
                if (!loaded.isEmpty()) {
                    write(loaded, draw(loaded), index, progress, done, files);
                }
            }
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** Returns the jobs that are read at once; of a video, those of one frame. */
    private List<List<Job>> batches(List<Job> jobs) {
        List<List<Job>> batches = new ArrayList<>();
        for (int start = 0, end; start < jobs.size(); start = end) {
            end = Math.min(start + drawing.batch(), jobs.size());
            if (strength != null) {
                Path frame = jobs.get(start).photo;
                end = start + 1;
                while (end < jobs.size() && jobs.get(end).photo.equals(frame)) {
                    end++;
                }
            }
            batches.add(jobs.subList(start, end));
        }
        return batches;
    }

    /** Reads a batch; of a video, from the readings of the frame before, which it replaces by its own. */
    private List<MultiModalImage> draw(List<Loaded> loaded) {
        List<ImageRequest> requests = new ArrayList<>();
        for (Loaded one : loaded) {
            MultiModalImage before = previous.get(one.job.chain());
            requests.add(strength == null || before == null ? one.request : one.request.startingFrom(before, strength));
        }
        List<MultiModalImage> images = mmgen.runAll(requests);
        if (strength != null) {
            for (int i = 0; i < images.size(); i++) {
                previous.put(loaded.get(i).job.chain(), images.get(i));
            }
        }
        return images;
    }

    /** Begins to load the next batch; returns null if there is none. */
    private @Nullable CompletableFuture<List<Loaded>> load(
            Iterator<List<Job>> batches, boolean alone, Progress progress, ExecutorService files) {
        if (!batches.hasNext()) {
            return null;
        }
        List<Job> part = batches.next();
        return CompletableFuture.supplyAsync(
                () -> {
                    List<Loaded> loaded = new ArrayList<>();
                    for (Job job : part) {
                        RgbImage photo = photo(job, alone);
                        if (photo == null) {
                            progress.image();
                        } else {
                            ImageRequest wanted = build(job, photo, progress::step);
                            String warning = fit.warning(job.photo.toString(), photo, wanted);
                            if (warning != null) {
                                results.verbosity().note(warning);
                            }
                            loaded.add(new Loaded(job, wanted));
                        }
                    }
                    return loaded;
                },
                files);
    }

    private @Nullable RgbImage photo(Job job, boolean alone) {
        try {
            return RgbImage.read(job.photo);
        } catch (ImageException e) {
            if (alone) {
                throw e;
            }
            damaged++;
            System.err.println("mmgen: " + new FailureLine(e, "understand"));
            return null;
        }
    }

    private void write(
            List<Loaded> loaded,
            List<MultiModalImage> images,
            ReadingIndex index,
            Progress progress,
            AtomicInteger done,
            ExecutorService threads) {
        List<CompletableFuture<Map<String, Path>>> saved = new ArrayList<>();
        for (int i = 0; i < images.size(); i++) {
            MultiModalImage image = images.get(i);
            String key = loaded.get(i).job.key();
            saved.add(CompletableFuture.supplyAsync(() -> results.save(image, key), threads));
        }
        for (int i = 0; i < images.size(); i++) {
            Job job = loaded.get(i).job;
            Map<String, Path> files = saved.get(i).join();
            index.add(job.key(), job.photo, mmgen.model().inputs().classes(), new ResultLine(images.get(i), files));
            results.print(images.get(i), files, job.photo);
            progress.image();
            done.incrementAndGet();
        }
    }
}
