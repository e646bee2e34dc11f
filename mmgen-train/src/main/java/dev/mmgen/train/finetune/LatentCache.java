package dev.mmgen.train.finetune;

import dev.mmgen.codec.Autoencoder;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.Sample;
import dev.mmgen.train.data.SampleShape;
import dev.mmgen.train.data.SampleSource;
import dev.mmgen.train.data.StoredArray;
import dev.mmgen.train.hdf5.Hdf5Samples;
import dev.mmgen.train.hdf5.SampleWriter;
import dev.mmgen.train.prepare.Encoding;
import dev.mmgen.train.prepare.LatentStatistics;
import dev.mmgen.train.prepare.Preparation;
import dev.mmgen.train.prepare.PreparationConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The latents of a fine-tuning's pictures, encoded once and kept in a folder of the run, so that an epoch costs what prepared
 * latents cost: a file per modality, and one of what is known of it where there are holes. Of a modality that a sample lacks,
 * nothing is known.
 */
final class LatentCache implements SampleSource {

    /** Measured on a CPU: with more pixels at once, intermediate results no longer fit into its caches. */
    private static final int PIXELS_AT_ONCE = 256 * 256;
    /** Samples that statistics are measured on. */
    private static final int MEASURED = 4_000;
    /** Pictures that may be unreadable, as a share of all. */
    private static final int BAD_SHARE = 20;

    private final Path folder;
    private final List<String> names;
    private final Map<String, Path> ready;
    private final List<Optional<Hdf5Samples>> posteriors = new ArrayList<>();
    private final List<Optional<Hdf5Samples>> known = new ArrayList<>();

    /** A listener of the encoding. */
    @FunctionalInterface
    interface Listener {
        void encoded(String modality, int done, int all);
    }

    /**
     * The pictures to encode.
     *
     * @param entries the samples
     * @param names   of the modalities in the index, in the model's order
     * @param size    side of the pictures in pixels
     * @param ready   HDF5 files of latents that were encoded before, by name; these modalities have no need of pictures
     */
    record Request(List<IndexEntry> entries, List<String> names, int size, Map<String, Path> ready) {

        /** Returns the samples that have a picture of a modality. */
        List<IndexEntry> pictured(String name) {
            return entries.stream()
                    .filter(entry -> entry.images().containsKey(name))
                    .toList();
        }
    }

    private LatentCache(Path folder, Request request) {
        this.folder = folder;
        this.names = request.names();
        this.ready = request.ready();
    }

    /**
     * Encodes what is not encoded yet, and opens all.
     *
     * @param folder  is made if needed
     * @param request which pictures
     * @param network stays the caller's
     * @param bad     gets the pictures that cannot be read, with the reason
     * @throws DataException if more than one picture in 20 of a modality cannot be read
     */
    static LatentCache open(
            Path folder, Request request, Autoencoder network, Listener listener, Map<String, String> bad) {
        LatentCache cache = new LatentCache(folder, request);
        int size = request.size();
        for (String name : request.names()) {
            List<IndexEntry> pictured = request.pictured(name);
            if (!pictured.isEmpty() && cache.lacks(name)) {
                List<IndexEntry> whole = cache.withoutHoles(pictured, name, size, network.factor());
                bad.putAll(cache.encode(whole, name, Encoding.posteriors(network, size), size, listener));
            }
        }
        cache.open();
        return cache;
    }

    /** Returns how many pictures of all modalities {@link #open} would encode in a folder, all of them if it was interrupted. */
    static long missing(Path folder, Request request) {
        LatentCache cache = new LatentCache(folder, request);
        return request.names().stream()
                .filter(cache::lacks)
                .mapToLong(name -> request.pictured(name).size())
                .sum();
    }

    private boolean lacks(String name) {
        return !ready.containsKey(name) && !Files.exists(file(name));
    }

    private Path file(String name) {
        Path given = ready.get(name);
        return given == null ? folder.resolve(name + ".h5") : given;
    }

    private Path knownFile(String name) {
        return folder.resolve(name + LabelHoles.SUFFIX + ".h5");
    }

    /** Returns the samples with pictures whose holes are filled, and notes what is known of each. */
    private List<IndexEntry> withoutHoles(List<IndexEntry> entries, String name, int size, int factor) {
        List<IndexEntry> whole = new ArrayList<>();
        Map<String, StoredArray> validity = new TreeMap<>();
        for (IndexEntry entry : entries) {
            Optional<LabelHoles> holes = name.equals("rgb") ? Optional.empty() : LabelHoles.of(entry, name);
            if (holes.isEmpty()) {
                whole.add(entry);
                continue;
            }
            Path file = folder.resolve("filled").resolve(name).resolve(entry.key());
            holes.get().filled().write(file);
            validity.put(entry.key(), holes.get().validity(size, factor));
            Map<String, Path> images = new LinkedHashMap<>(entry.images());
            images.put(name, file);
            whole.add(new IndexEntry(entry.category(), entry.label(), entry.key(), images));
        }
        if (!validity.isEmpty() && !Files.exists(knownFile(name))) {
            try (SampleWriter writer = SampleWriter.open(knownFile(name))) {
                validity.forEach((key, shares) -> {
                    if (!writer.has(key)) {
                        writer.write(key, shares);
                    }
                });
                writer.finish();
            }
        }
        return whole;
    }

    private Map<String, String> encode(
            List<IndexEntry> entries, String name, Encoding encoding, int size, Listener listener) {
        PreparationConfig config = PreparationConfig.of(Math.max(1, PIXELS_AT_ONCE / (size * size)))
                .withBadImageLimit(entries.size() / BAD_SHARE);
        return new Preparation(JsonlIndex.of(entries), encoding, config)
                .run(name, file(name), step -> listener.encoded(name, step.done() + step.bad(), step.total()))
                .bad();
    }

    private void open() {
        try {
            for (String name : names) {
                posteriors.add(lacks(name) ? Optional.empty() : Optional.of(Hdf5Samples.open(file(name))));
                known.add(opened(knownFile(name)));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static Optional<Hdf5Samples> opened(Path file) {
        return Files.exists(file) ? Optional.of(Hdf5Samples.open(file)) : Optional.empty();
    }

    /** Measures the latents of a modality, by its name in the index. */
    LatentNormalization.Statistics statistics(String name) {
        return LatentStatistics.of(List.of(file(name)), MEASURED);
    }

    /** Returns the means and deviations of a sample's latents of a modality, {@code [C, h, w, 2]}; null if it has none. */
    @Nullable
    StoredArray posterior(String key, String name) {
        return find(posteriors.get(names.indexOf(name)), key);
    }

    @Override
    public Sample read(IndexEntry entry, SampleShape shape) {
        int places = shape.height() * shape.width();
        List<StoredArray> read = new ArrayList<>();
        float[] validity = new float[names.size() * places];
        Arrays.fill(validity, 1);
        boolean whole = true;
        for (int m = 0; m < names.size(); m++) {
            StoredArray array = find(posteriors.get(m), entry.key());
            StoredArray shares = find(known.get(m), entry.key());
            if (array == null) {
                int[] missing = {shape.channels(), shape.height(), shape.width(), 2};
                array = StoredArray.of(new float[2 * shape.channels() * places], missing);
                shares = StoredArray.of(new float[places], shape.height(), shape.width());
            }
            read.add(array);
            if (shares != null) {
                System.arraycopy(shares.values(), 0, validity, m * places, places);
                whole = false;
            }
        }
        StoredArray all = whole ? null : StoredArray.of(validity, names.size(), shape.height(), shape.width());
        return new Sample(entry, read, null, all);
    }

    private static @Nullable StoredArray find(Optional<Hdf5Samples> file, String key) {
        return file.isPresent() && file.get().contains(key) ? file.get().read(key) : null;
    }

    @Override
    public void close() {
        posteriors.forEach(file -> file.ifPresent(Hdf5Samples::close));
        known.forEach(file -> file.ifPresent(Hdf5Samples::close));
    }
}
