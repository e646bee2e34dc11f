package dev.mmgen.sampling;

import dev.mmgen.model.Conditioning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A cache of modulations that come again: Heun's method asks for most times twice, and every batch of a run walks the same
 * times.
 *
 * <p>Runs visit their times in the same order again and again. Throwing out what was used longest ago would then throw
 * out just what comes next, so a full cache keeps its oldest entries and replaces the newest. Entries for other labels
 * or conditions than the present ones go first.
 */
final class ConditioningCache implements AutoCloseable {

    private final long byteLimit;
    private final Map<Key, Conditioning> entries = new LinkedHashMap<>();
    private long bytes;
    private long computed;

    /**
     * Everything that modulations depend on.
     *
     * @param end the time at which a flow map's step ends; for a velocity it is the time itself
     */
    record Key(Subject subject, double time, double end) {}

    /**
     * The part of it that stays the same during a run.
     *
     * @param labels   distinct class labels
     * @param held     modalities that are held as conditions
     * @param holdTime the time at which they are held
     * @param height   of the latents, if times are embedded per element, else 0
     * @param width    likewise
     */
    record Subject(List<Long> labels, List<Integer> held, double holdTime, long height, long width) {}

    ConditioningCache(long byteLimit) {
        this.byteLimit = byteLimit;
    }

    /** Returns the entry of the key, or computes it. The result is valid until the next call. */
    Conditioning get(Key key, Supplier<Conditioning> computation) {
        Conditioning known = entries.get(key);
        if (known != null) {
            return known;
        }
        Conditioning fresh = computation.get();
        computed++;
        if (fresh.bytes() <= byteLimit) {
            makeRoom(key.subject(), fresh.bytes());
            bytes += fresh.bytes();
            entries.put(key, fresh.unscoped());
        }
        return fresh;
    }

    private void makeRoom(Subject subject, long needed) {
        List<Key> leaving = new ArrayList<>(entries.keySet());
        leaving.removeIf(key -> key.subject().equals(subject));
        leaving.addAll(entries.keySet().stream()
                .filter(key -> key.subject().equals(subject))
                .toList()
                .reversed());
        for (Key key : leaving) {
            if (bytes + needed <= byteLimit) {
                return;
            }
            remove(key);
        }
    }

    private void remove(Key key) {
        Conditioning entry = entries.remove(key);
        if (entry != null) {
            bytes -= entry.bytes();
            entry.close();
        }
    }

    /** Returns the number of modulations computed so far. */
    long computed() {
        return computed;
    }

    /** Returns the bytes of the entries. */
    long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        List.copyOf(entries.keySet()).forEach(this::remove);
    }
}
