package dev.mmgen.studio.album;

import dev.mmgen.studio.http.Problem;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The results in memory. What is kept stays until it is removed or the studio ends; the others wait {@link #WAIT} to be fetched, and
 * make room for newer ones before that. Nothing is written to a disk.
 */
public final class Album {

    /** The time for which a result that is not kept can be fetched. */
    public static final Duration WAIT = Duration.ofMinutes(10);

    private final long capacity;
    private final InstantSource clock;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /** An image, and how long it stays. */
    private static final class Entry {
        private final StoredImage image;
        private Instant used;
        private boolean kept;

        Entry(StoredImage image, Instant used) {
            this.image = image;
            this.used = used;
        }
    }

    /**
     * @param capacity in bytes
     */
    public Album(long capacity, InstantSource clock) {
        this.capacity = capacity;
        this.clock = clock;
    }

    /**
     * Adds an image, for which the oldest ones that are not kept make room.
     *
     * @throws Problem if kept ones leave no room
     */
    public synchronized void add(StoredImage image) {
        removeOld();
        Iterator<Entry> oldest = entries.values().iterator();
        while (bytes() + image.bytes() > capacity && oldest.hasNext()) {
            if (!oldest.next().kept) {
                oldest.remove();
            }
        }
        if (bytes() + image.bytes() > capacity) {
            throw new Problem(
                    Problem.Kind.FULL,
                    "kept images take " + (bytes() >> 20) + " of " + (capacity >> 20)
                            + " MiB; remove some, or start Java with a larger -Xmx");
        }
        entries.put(image.id(), new Entry(image, clock.instant()));
    }

    /**
     * Returns an image.
     *
     * @throws Problem if there is none of that name, or it has gone
     */
    public synchronized StoredImage get(String id) {
        Entry entry = entry(id);
        entry.used = clock.instant();
        return entry.image;
    }

    /** Keeps an image, or lets it go after a while. */
    public synchronized void keep(String id, boolean kept) {
        Entry entry = entry(id);
        entry.kept = kept;
        entry.used = clock.instant();
    }

    /** Returns whether an image is kept. */
    public synchronized boolean isKept(String id) {
        Entry entry = entries.get(id);
        return entry != null && entry.kept;
    }

    /** Removes an image at once. */
    public synchronized void remove(String id) {
        entry(id);
        entries.remove(id);
    }

    /** Returns the kept images, the oldest first. */
    public synchronized List<StoredImage> kept() {
        List<StoredImage> kept = new ArrayList<>();
        entries.values().stream().filter(entry -> entry.kept).forEach(entry -> kept.add(entry.image));
        return kept;
    }

    private Entry entry(String id) {
        removeOld();
        Entry entry = entries.get(id);
        if (entry == null) {
            throw new Problem(
                    Problem.Kind.NOT_FOUND,
                    "there is no such image; those that are not kept go after " + WAIT.toMinutes() + " minutes");
        }
        return entry;
    }

    private void removeOld() {
        Instant oldest = clock.instant().minus(WAIT);
        entries.values().removeIf(entry -> !entry.kept && entry.used.isBefore(oldest));
    }

    private long bytes() {
        return entries.values().stream().mapToLong(entry -> entry.image.bytes()).sum();
    }
}
