package dev.mmgen.train.prepare;

import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import dev.mmgen.train.data.JsonlIndex;
import dev.mmgen.train.data.StoredArray;
import dev.mmgen.train.hdf5.SampleWriter;
import dev.mmgen.train.hdf5.Shards;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The work of encoding the images of an index into HDF5 files. A run that was interrupted is resumed by the next. An image
 * that cannot be read is left out, logged and counted, and too many of them end the run. One thread at a time may run it.
 */
public final class Preparation {

    private static final System.Logger LOG = System.getLogger(Preparation.class.getName());

    private final JsonlIndex index;
    private final Encoding encoding;
    private final PreparationConfig config;

    /**
     * @param encoding used by the thread that calls {@link #run} alone; stays the caller's
     */
    public Preparation(JsonlIndex index, Encoding encoding, PreparationConfig config) {
        this.index = index;
        this.encoding = encoding;
        this.config = config;
    }

    /**
     * The state of a preparation.
     *
     * @param done  samples in the file, those of earlier runs included
     * @param bad   samples that were left out
     * @param total samples that are to be in the file
     */
    public record Progress(int done, int bad, int total) {}

    /**
     * The result of a preparation.
     *
     * @param file    that was written, one of {@linkplain Shards several} if this is a part of the work
     * @param samples in the file
     * @param bad     samples that were left out, by key, each with the reason
     */
    public record Result(Path file, int samples, Map<String, String> bad) {}

    /**
     * Encodes the images of one modality.
     *
     * @param modality by the index's name: {@code rgb}, {@code depth}, {@code normal}, {@code mask} or one of your own
     * @param target   file of all shards together
     * @param listener called after every batch, on the calling thread
     * @throws DataException if the index has no such modality or has a key twice, the file exists or cannot be
     *     written, or more images are bad than the limit allows; what is encoded by then stays for the next run
     */
    public Result run(String modality, Path target, Consumer<Progress> listener) {
        List<IndexEntry> selected = config.selection().of(index.entries());
        requireModality(modality);
        requireUnique(selected);
        Path file = new Shards(target, config.selection().shards())
                .file(config.selection().shard());
        try (SampleWriter writer = SampleWriter.open(file)) {
            List<IndexEntry> missing =
                    selected.stream().filter(entry -> !writer.has(entry.key())).toList();
            Run run = new Run(writer, listener, selected.size());
            run.report();
            try (ImagesAhead images = new ImagesAhead(
                    missing, modality, encoding, config.readers(), 2 * config.batchSize() + config.readers())) {
                run.encodeAll(images);
            }
            if (writer.size() == 0) {
                throw new DataException("none of the images of '" + modality + "' can be read; the last: "
                        + List.copyOf(run.bad.values()).getLast());
            }
            writer.finish();
            return new Result(file, writer.size(), Collections.unmodifiableMap(run.bad));
        }
    }

    private void requireModality(String modality) {
        Set<String> known = new HashSet<>();
        for (IndexEntry entry : index.entries()) {
            known.addAll(entry.images().keySet());
        }
        if (!known.contains(modality)) {
            throw new DataException("the index has no field 'path_" + modality + "'; its images are of " + known);
        }
    }

    private static void requireUnique(List<IndexEntry> entries) {
        Set<String> keys = new HashSet<>();
        for (IndexEntry entry : entries) {
            if (!keys.add(entry.key())) {
                throw new DataException(
                        "the index lists the sample '" + entry.key() + "' twice; remove one of the lines");
            }
        }
    }

    /** The work on one file. */
    private final class Run {

        private final SampleWriter writer;
        private final Consumer<Progress> listener;
        private final int total;
        private final Map<String, String> bad = new LinkedHashMap<>();

        Run(SampleWriter writer, Consumer<Progress> listener, int total) {
            this.writer = writer;
            this.listener = listener;
            this.total = total;
        }

        void encodeAll(ImagesAhead images) {
            List<ImagesAhead.Image> batch = new ArrayList<>();
            for (var image = images.next(); image != null; image = images.next()) {
                if (image.failure() != null) {
                    reject(image.entry(), image.failure());
                    continue;
                }
                batch.add(image);
                if (batch.size() == config.batchSize()) {
                    encode(batch);
                    batch.clear();
                }
            }
            if (!batch.isEmpty()) {
                encode(batch);
            }
        }

        private void encode(List<ImagesAhead.Image> batch) {
            List<StoredArray> results = encoding.encode(batch.stream()
                    .map(image -> Objects.requireNonNull(image.pixels()))
                    .toList());
            for (int i = 0; i < batch.size(); i++) {
                IndexEntry entry = batch.get(i).entry();
                if (results.get(i).isFinite()) {
                    writer.write(entry.key(), results.get(i));
                } else {
                    reject(entry, "its encoding holds infinity or NaN");
                }
            }
            report();
        }

        private void reject(IndexEntry entry, String reason) {
            bad.put(entry.key(), reason);
            LOG.log(
                    System.Logger.Level.WARNING,
                    "left out sample ''{0}'' (bad sample number {1}): {2}",
                    entry.key(),
                    bad.size(),
                    reason);
            if (bad.size() > config.badImageLimit()) {
                throw new DataException((bad.size() == 1 ? "1 image" : bad.size() + " images")
                        + " cannot be read, over the limit of " + config.badImageLimit() + "; the last one: " + reason);
            }
        }

        void report() {
            listener.accept(new Progress(writer.size(), bad.size(), total));
        }
    }
}
