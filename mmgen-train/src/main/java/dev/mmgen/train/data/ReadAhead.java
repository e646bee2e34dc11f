package dev.mmgen.train.data;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Batches that threads in the background make, a few ahead of the one that takes them, in the order of the requests.
 *
 * @param <T> the batch
 */
final class ReadAhead<T> implements AutoCloseable {

    private static final int AHEAD = 8;

    private final ExecutorService readers;
    private final Deque<Pending<T>> pending = new ArrayDeque<>();

    /** A batch that is being made. */
    private record Pending<T>(LoaderPosition place, Future<T> content) {}

    ReadAhead(int threads) {
        this.readers = Executors.newFixedThreadPool(
                threads,
                task -> Thread.ofPlatform().daemon().name("mmgen-batch-reader").unstarted(task));
    }

    boolean isFull() {
        return pending.size() >= AHEAD;
    }

    void request(LoaderPosition place, Callable<T> making) {
        pending.add(new Pending<>(place, readers.submit(making)));
    }

    T take() {
        try {
            return pending.remove().content.get();
        } catch (ExecutionException e) {
            throw failed(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a batch", e);
        }
    }

    private static RuntimeException failed(@Nullable Throwable cause) {
        return cause instanceof DataException known
                ? new DataException("reading has stopped: " + known.getMessage(), known)
                : new IllegalStateException("reading failed: " + cause, cause);
    }

    /** Returns the place of the batch that is taken next, or another if none has been requested. */
    LoaderPosition placeOr(LoaderPosition other) {
        return pending.isEmpty() ? other : pending.element().place;
    }

    void clear() {
        pending.forEach(batch -> batch.content.cancel(false));
        pending.clear();
    }

    @Override
    public void close() {
        readers.shutdownNow();
    }
}
