package dev.mmgen.cli.image;

import dev.mmgen.ImageRequest;
import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.cli.console.FailureLine;
import dev.mmgen.cli.console.LastWord;
import dev.mmgen.image.ImageException;
import dev.mmgen.image.RgbImage;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.distributed.WorkShare;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The reading of many photos in one process, in batches: while the model reads one batch, the next is loaded; then its images are
 * written by all processors at once, since a writer beside the model would hold up each of its threads in turn. No more than two
 * batches are in memory. What the index of the results lists is skipped; a damaged photo is named,
 * and the others are read. All photos have the noise of their seed, so that the frames of a video do not differ by noise; where a
 * strength is set, each begins from the reading of the one before.
 */
final class PhotoReadings {

    private final MmGen mmgen;
    private final DrawingOptions drawing;
    private final FitOption fit;
    private final ResultOptions results;
    private final Path indexFile;
    private final ReadingJobs readings;

    private int damaged;

    /**
     * @param request  makes the request for a photo, except for seed and number
     * @param strength where photos are the frames of a video, the time of the path at which each begins from the reading of the one before;
     *                 else null
     */
    PhotoReadings(
            MmGen mmgen,
            DrawingOptions drawing,
            FitOption fit,
            Function<RgbImage, ImageRequestBuilder> request,
            @Nullable Double strength) {
        this.mmgen = mmgen;
        this.drawing = drawing;
        this.fit = fit;
        this.results = drawing.results();
        this.indexFile = results.out().resolve("index.jsonl");
        this.readings = new ReadingJobs(mmgen, drawing, request, strength);
    }

    /** A job and its request. */
    private record Loaded(ReadingJob job, ImageRequest request) {}

    /**
     * Reads the photos that are not read yet, of several processes each its share; what is written is that of one process.
     *
     * @param group the processes that were given the same photos; null for this one alone
     * @throws IllegalStateException at the end, if some could not be read
     */
    void run(List<PhotoFiles.Photo> photos, @Nullable ProcessGroup group) {
        if (readings.areFrames() && group != null) {
            throw new IllegalArgumentException(
                    "--previous reads frames one after another, which several processes cannot"
                            + " share; leave out 'mmgen launch'");
        }
        boolean first = group == null || group.isFirst();
        ReadingIndex index = ReadingIndex.open(indexFile, group);
        List<ReadingJob> all = readings.of(photos, index);
        List<ReadingJob> jobs = results.replaces() ? all : readings.unread(all, index);
        int skipped = all.size() - jobs.size();
        if (skipped > 0 && first) {
            results.verbosity()
                    .note((skipped == 1 ? "1 image is" : skipped + " images are") + " read already, as "
                            + results.out().resolve("index.jsonl") + " lists them; --force reads them anew");
        }
        // What cannot be asked of any photo is refused before anything is removed.
        Map<String, String> settings = jobs.isEmpty() ? Map.of() : readings.trace(jobs.getFirst(), false);
        Set<String> anew = new HashSet<>(jobs.stream().map(ReadingJob::key).toList());
        if (!index.exists()) {
            results.requireFree(anew);
        }
        if (first) {
            index.sweep(anew);
        }
        if (group != null) {
            // Before any process writes what another one would find.
            String way = jobs.isEmpty() ? "" : ", of which the first is to be read so: " + settings;
            group.requireSame(
                    "the images to read",
                    jobs.size() + " of them" + way,
                    "Give all processes the same photos and options");
        }
        if (!jobs.isEmpty() && first) {
            results.verbosity().detail(() -> "understand: " + settings);
        }
        index.begin();
        index.remove(anew);
        read(WorkShare.of(group).of(jobs, drawing.batch()), index, group == null && jobs.size() == 1);
        if (group != null) {
            damaged = group.allGather(Integer.toString(damaged)).stream()
                    .mapToInt(Integer::parseInt)
                    .sum();
            if (group.isFirst()) {
                ReadingIndex.merge(indexFile, jobs.stream().map(ReadingJob::key).toList());
            }
        }
        if (damaged > 0) {
            throw new IllegalStateException(
                    damaged + " of " + photos.size() + " photos could not be read; the others are in " + results.out());
        }
    }

    private void read(List<ReadingJob> jobs, ReadingIndex index, boolean alone) {
        Iterator<List<ReadingJob>> batches = batches(jobs).iterator();
        AtomicInteger done = new AtomicInteger();
        try (LastWord _ = LastWord.of(
                        results.verbosity(),
                        () -> "ended early: " + done + " of " + jobs.size() + " images are in " + results.out()
                                + "; the same command goes on from there");
                ReadingProgress progress = ReadingProgress.of(results.verbosity(), jobs.size());
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
    private List<List<ReadingJob>> batches(List<ReadingJob> jobs) {
        List<List<ReadingJob>> batches = new ArrayList<>();
        for (int start = 0, end; start < jobs.size(); start = end) {
            end = Math.min(start + drawing.batch(), jobs.size());
            if (readings.areFrames()) {
                Path frame = jobs.get(start).photo();
                end = start + 1;
                while (end < jobs.size() && jobs.get(end).photo().equals(frame)) {
                    end++;
                }
            }
            batches.add(jobs.subList(start, end));
        }
        return batches;
    }

    /** Reads a batch; of a video, from the readings of the frame before. */
    private List<MultiModalImage> draw(List<Loaded> loaded) {
        List<MultiModalImage> images = mmgen.runAll(loaded.stream()
                .map(one -> readings.following(one.job, one.request))
                .toList());
        for (int i = 0; i < images.size(); i++) {
            readings.take(loaded.get(i).job, images.get(i));
        }
        return images;
    }

    /** Begins to load the next batch; returns null if there is none. */
    private @Nullable CompletableFuture<List<Loaded>> load(
            Iterator<List<ReadingJob>> batches, boolean alone, ReadingProgress progress, ExecutorService files) {
        if (!batches.hasNext()) {
            return null;
        }
        List<ReadingJob> part = batches.next();
        return CompletableFuture.supplyAsync(
                () -> {
                    List<Loaded> loaded = new ArrayList<>();
                    for (ReadingJob job : part) {
                        RgbImage photo = photo(job, alone);
                        if (photo == null) {
                            progress.image();
                        } else {
                            ImageRequest wanted = readings.build(job, photo, progress::step);
                            String warning = fit.warning(job.photo().toString(), photo, wanted);
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

    private @Nullable RgbImage photo(ReadingJob job, boolean alone) {
        try {
            return RgbImage.read(job.photo());
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
            ReadingProgress progress,
            AtomicInteger done,
            ExecutorService threads) {
        List<CompletableFuture<Map<String, Path>>> saved = new ArrayList<>();
        for (int i = 0; i < images.size(); i++) {
            MultiModalImage image = images.get(i);
            String key = loaded.get(i).job.key();
            saved.add(CompletableFuture.supplyAsync(() -> results.save(image, key), threads));
        }
        for (int i = 0; i < images.size(); i++) {
            ReadingJob job = loaded.get(i).job;
            Map<String, Path> files = saved.get(i).join();
            index.add(job.key(), job.photo(), mmgen.model().inputs().classes(), new ResultLine(images.get(i), files));
            results.print(images.get(i), files, job.photo());
            progress.image();
            done.incrementAndGet();
        }
    }
}
