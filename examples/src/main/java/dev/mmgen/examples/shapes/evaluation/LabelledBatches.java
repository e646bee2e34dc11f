package dev.mmgen.examples.shapes.evaluation;

import dev.mmgen.torch.Generator;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.Torch;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Batches without end, in another order in every epoch, whole ones only, read ahead in the background. */
final class LabelledBatches implements AutoCloseable {

    private static final int AHEAD = 4;

    private final LabelledScenes scenes;
    private final int size;
    private final long seed;
    private final ExecutorService reader = Executors.newSingleThreadExecutor(
            task -> Thread.ofPlatform().daemon().name("mmgen-scene-reader").unstarted(task));
    private final Deque<Future<LabelledScenes.Pixels>> pending = new ArrayDeque<>();
    private long epoch = -1;
    private int next;
    private int[] order = {};

    /**
     * @throws IllegalArgumentException if there are fewer scenes than a batch takes
     */
    LabelledBatches(LabelledScenes scenes, int size, long seed) {
        if (size < 1 || size > scenes.size()) {
            throw new IllegalArgumentException("batches of " + size + " from " + scenes.size() + " scenes");
        }
        this.scenes = scenes;
        this.size = size;
        this.seed = seed;
    }

    /** Returns the next batch, waiting for it if need be. */
    LabelledScenes.Pixels next() {
        while (pending.size() < AHEAD) {
            int[] places = places();
            pending.add(reader.submit(() -> scenes.read(places)));
        }
        try {
            return pending.remove().get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException known
                    ? known : new IllegalStateException("reading scenes failed: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for scenes", e);
        }
    }

    private int[] places() {
        if (next + size > order.length) {
            epoch++;
            next = 0;
            try (Generator generator = Generator.seeded(seed + epoch);
                    Tensor drawn = Torch.randperm(generator, scenes.size())) {
                order = Arrays.stream(drawn.toLongs()).mapToInt(Math::toIntExact).toArray();
            }
        }
        int[] places = Arrays.copyOfRange(order, next, next + size);
        next += size;
        return places;
    }

    @Override
    public void close() {
        reader.shutdownNow();
    }
}
