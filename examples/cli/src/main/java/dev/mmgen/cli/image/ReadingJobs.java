package dev.mmgen.cli.image;

import dev.mmgen.ImageRequest;
import dev.mmgen.ImageRequestBuilder;
import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.cli.image.ReadingJob.Chain;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.sampling.SamplingStep;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The images to read of many photos: their names, which of them are read already, and their requests. */
final class ReadingJobs {

    private static final Pattern ENDING = Pattern.compile("-seed-?\\d+(-\\d{4,})?$");

    private final MmGen mmgen;
    private final DrawingOptions drawing;
    private final Function<RgbImage, ImageRequestBuilder> request;
    private final @Nullable Double strength;

    /** The last reading of each image of each seed, for the next frame. */
    private final Map<Chain, MultiModalImage> previous = new HashMap<>();

    /**
     * @param request  makes the request for a photo, except for seed and number
     * @param strength of frames of a video: the time at which a reading begins from the one before; null of photos
     */
    ReadingJobs(
            MmGen mmgen,
            DrawingOptions drawing,
            Function<RgbImage, ImageRequestBuilder> request,
            @Nullable Double strength) {
        this.mmgen = mmgen;
        this.drawing = drawing;
        this.request = request;
        this.strength = strength;
    }

    /** Tells whether the photos are the frames of a video, each of which begins from the reading of the one before. */
    boolean areFrames() {
        return strength != null;
    }

    /** Returns a request that begins, of a frame, from the reading of the frame before, where there is one. */
    ImageRequest following(ReadingJob job, ImageRequest request) {
        MultiModalImage before = previous.get(job.chain());
        return strength == null || before == null ? request : request.startingFrom(before, strength);
    }

    /** Takes the reading of an image, from which that of the next frame begins. */
    void take(ReadingJob job, MultiModalImage image) {
        if (strength != null) {
            previous.put(job.chain(), image);
        }
    }

    /** Returns the images to read, under names that no other photo has, here or in the index. */
    List<ReadingJob> of(List<PhotoFiles.Photo> photos, ReadingIndex index) {
        Map<String, Path> owners = new HashMap<>();
        Map<Path, String> known = new HashMap<>();
        index.keysByPhoto()
                .forEach((photo, keys) -> keys.forEach(key -> {
                    String name = ENDING.matcher(key).replaceFirst("");
                    owners.put(name, photo);
                    known.putIfAbsent(photo, name);
                }));
        List<ReadingJob> jobs = new ArrayList<>();
        for (PhotoFiles.Photo photo : photos) {
            Path file = photo.file().toAbsolutePath().normalize();
            String name = known.computeIfAbsent(file, _ -> free(photo, owners));
            owners.put(name, file);
            for (DrawingOptions.Series series : drawing.series(name, 1)) {
                for (int number = series.first(); number < series.first() + series.count(); number++) {
                    jobs.add(new ReadingJob(photo.file(), series, number));
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

    /** Returns those of some images that the index does not list as read in the same way, and of a video all that follow such a one. */
    List<ReadingJob> unread(List<ReadingJob> jobs, ReadingIndex index) {
        return strength == null ? unreadPhotos(jobs, index) : unreadFrames(jobs, index);
    }

    private List<ReadingJob> unreadPhotos(List<ReadingJob> jobs, ReadingIndex index) {
        Map<Chain, Map<String, String>> traces = new HashMap<>();
        return jobs.stream()
                .filter(job -> !index.isDone(
                        job.key(), job.photo(), traces.computeIfAbsent(job.chain(), _ -> trace(job, false))))
                .toList();
    }

    /** Takes what is read of the frame before. */
    private List<ReadingJob> unreadFrames(List<ReadingJob> jobs, ReadingIndex index) {
        Map<Chain, String> done = new LinkedHashMap<>();
        Set<Chain> broken = new HashSet<>();
        List<ReadingJob> unread = new ArrayList<>();
        for (ReadingJob job : jobs) {
            Chain chain = job.chain();
            if (!broken.contains(chain) && index.isDone(job.key(), job.photo(), trace(job, done.containsKey(chain)))) {
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
                .forEach(modality -> pictures.put(
                        modality, RgbImage.read(drawing.results().out().resolve(key + "." + modality + ".png"))));
        return new MultiModalImage(pictures);
    }

    /** Returns how an image would be drawn, of whatever photo. */
    Map<String, String> trace(ReadingJob job, boolean follows) {
        int side = mmgen.resolution();
        RgbImage any = RgbImage.of(side, side, new byte[3 * side * side]);
        ImageRequest request = build(job, any, _ -> {});
        if (follows && strength != null) {
            request = request.startingFrom(new MultiModalImage(request.given().conditions()), strength);
        }
        return mmgen.trace(request);
    }

    /** Returns the request for an image. */
    ImageRequest build(ReadingJob job, RgbImage photo, Consumer<SamplingStep> listener) {
        return request.apply(photo)
                .seed(job.series().seed())
                .first(job.number())
                .count(1)
                .onStep(listener)
                .build();
    }
}
