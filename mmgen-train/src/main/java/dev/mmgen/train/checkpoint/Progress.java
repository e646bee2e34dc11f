package dev.mmgen.train.checkpoint;

import dev.mmgen.torch.optim.GradScaler;
import dev.mmgen.train.data.EpochSize;
import dev.mmgen.train.data.LoaderPosition;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The point that a training has reached, apart from its tensors.
 *
 * @param steps    made so far
 * @param position of the next batch
 * @param epoch    that the position is in; null if it is not known
 * @param scaler   of the loss; null leaves it as it is
 */
public record Progress(
        long steps, LoaderPosition position, @Nullable EpochSize epoch, GradScaler.@Nullable State scaler) {

    /** No training makes as many steps; a file that says so is damaged, and sums of steps must not overflow. */
    private static final long MOST_STEPS = 1L << 40;

    /** Of an epoch: samples that are made from their numbers can be more than an index holds. */
    private static final long MOST_SAMPLES = 1L << 48;

    /** The spelling of names in a file. */
    enum Spelling {
        /** {@code batchSize}: JSON. */
        CAMEL,
        /** {@code batch_size}: Python. */
        SNAKE;

        String of(String name) {
            return this == CAMEL ? name : name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
        }
    }

    /** Returns the place in the data and the loss scale by name; without the steps, which each form has elsewhere. */
    Map<String, Object> named(Spelling spelling) {
        Map<String, Object> named = new LinkedHashMap<>();
        named.put("epoch", position.epoch());
        named.put("batch", position.batch());
        if (epoch != null) {
            named.put("samples", epoch.samples());
            named.put(spelling.of("batchSize"), (long) epoch.batchSize());
        }
        if (scaler != null) {
            named.put(spelling.of("lossScale"), scaler.scale());
            named.put(spelling.of("goodSteps"), (long) scaler.goodSteps());
        }
        return named;
    }

    /**
     * Reads what {@link #named} gave.
     *
     * @param file  for messages
     * @param steps as the file has them, unchecked
     * @param named as the file has it, unchecked; empty if it tells no more than the steps
     * @throws CheckpointException naming the number that is missing or out of range
     */
    static Progress read(Path file, @Nullable Object steps, Map<?, ?> named, Spelling spelling) {
        long made = whole(file, "steps", steps, 0, MOST_STEPS);
        if (named.isEmpty()) {
            return new Progress(made, LoaderPosition.START, null, null);
        }
        // Every epoch takes a batch at least, and no step takes as many batches as this.
        long epochs = Math.max(1, made) << Short.SIZE;
        LoaderPosition position = new LoaderPosition(
                whole(file, "epoch", named.get("epoch"), 0, epochs),
                whole(file, "batch", named.get("batch"), 0, Integer.MAX_VALUE));
        return new Progress(made, position, epoch(file, named, spelling), scaler(file, named, spelling));
    }

    private static @Nullable EpochSize epoch(Path file, Map<?, ?> named, Spelling spelling) {
        if (!named.containsKey("samples")) {
            return null;
        }
        String name = spelling.of("batchSize");
        return new EpochSize(whole(file, "samples", named.get("samples"), 1, MOST_SAMPLES), (int)
                whole(file, name, named.get(name), 1, Integer.MAX_VALUE));
    }

    private static GradScaler.@Nullable State scaler(Path file, Map<?, ?> named, Spelling spelling) {
        String name = spelling.of("lossScale");
        if (!(named.get(name) instanceof Number scale)) {
            return null;
        }
        if (!(scale.doubleValue() > 0 && Double.isFinite(scale.doubleValue()))) {
            throw new CheckpointException(file + " has '" + name + "' of " + scale + "; it must be finite and above 0");
        }
        String good = spelling.of("goodSteps");
        return new GradScaler.State(
                scale.doubleValue(), (int) whole(file, good, named.get(good), 0, Integer.MAX_VALUE));
    }

    private static long whole(Path file, String name, @Nullable Object value, long least, long most) {
        if ((value instanceof Long || value instanceof Integer)
                && ((Number) value).longValue() >= least
                && ((Number) value).longValue() <= most) {
            return ((Number) value).longValue();
        }
        throw new CheckpointException(file + " has '" + name + "' of " + value + "; it must be a whole number from "
                + least + " to " + most + ". The file is damaged; go on from an earlier checkpoint");
    }
}
