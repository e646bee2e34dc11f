package dev.mmgen.train.prepare;

import dev.mmgen.image.ImageException;
import dev.mmgen.image.ImageReading;
import dev.mmgen.image.RgbImage;
import dev.mmgen.train.data.DataException;
import dev.mmgen.train.data.IndexEntry;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** A queue of images that other threads read and crop, in the index's order and a bounded number ahead. */
final class ImagesAhead implements AutoCloseable {

    private final ExecutorService readers;
    private final Queue<Future<Image>> ahead = new ArrayDeque<>();
    private final Iterator<IndexEntry> entries;
    private final String modality;
    private final Encoding encoding;

    /**
     * An image, or the reason why it cannot be read.
     *
     * @param pixels  as the encoding takes them, null after a failure
     * @param failure the reason, null for an image
     */
    record Image(
            IndexEntry entry,
            float @Nullable [] pixels,
            @Nullable String failure) {}

    /**
     * @param capacity images that are being read or are ready, at the most
     */
    ImagesAhead(List<IndexEntry> entries, String modality, Encoding encoding, int threads, int capacity) {
        this.entries = entries.iterator();
        this.modality = modality;
        this.encoding = encoding;
        this.readers = Executors.newFixedThreadPool(
                threads,
                Thread.ofPlatform().daemon().name("mmgen-image-reader-", 0).factory());
        for (int i = 0; i < capacity; i++) {
            readAnother();
        }
    }

    private void readAnother() {
        if (entries.hasNext()) {
            IndexEntry entry = entries.next();
            ahead.add(readers.submit(() -> read(entry)));
        }
    }

    private Image read(IndexEntry entry) {
        try {
            return new Image(
                    entry, encoding.pixels(RgbImage.read(entry.image(modality), ImageReading.REFERENCE)), null);
        } catch (ImageException | DataException e) {
            return new Image(entry, null, e.getMessage());
        }
    }

    /** Waits for the next image; null after the last. */
    @Nullable
    Image next() {
        Future<Image> first = ahead.poll();
        if (first == null) {
            return null;
        }
        readAnother();
        try {
            return first.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for an image", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("reading images failed: " + e.getCause(), e.getCause());
        }
    }

    /** Stops reading. */
    @Override
    public void close() {
        readers.shutdownNow();
    }
}
