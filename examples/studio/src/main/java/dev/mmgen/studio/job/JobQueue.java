package dev.mmgen.studio.job;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mmgen.sampling.SamplingCancelledException;
import dev.mmgen.studio.album.Album;
import dev.mmgen.studio.album.StoredImage;
import dev.mmgen.studio.http.Problem;
import dev.mmgen.studio.http.Router;
import dev.mmgen.studio.limit.Limits;
import dev.mmgen.studio.model.ModelShelf;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of a studio in the order in which they came, and the one thread that does them: a model takes all processors for one
 * request, so two at once would both be slower. A job that has ended can be asked about for as long as its results wait.
 */
public final class JobQueue implements AutoCloseable {

    private final ModelShelf models;
    private final Album album;
    private final Limits limits;
    private final Map<String, Job> jobs = new LinkedHashMap<>();
    private final List<Job> waiting = new ArrayList<>();
    private final Thread worker;
    private @Nullable Job running;
    private boolean closed;

    public JobQueue(ModelShelf models, Album album, Limits limits) {
        this.models = models;
        this.album = album;
        this.limits = limits;
        this.worker = Thread.ofPlatform().daemon().name("studio-worker").start(this::work);
    }

    /**
     * Puts work at the end of the queue.
     *
     * @param kind     such as {@code generate}
     * @param settings of the request, which the results keep
     * @throws Problem if the queue is full
     */
    public synchronized Job submit(String kind, ModelShelf.Card model, ObjectNode settings, Task task) {
        if (waiting.size() >= limits.queue()) {
            throw new Problem(
                    Problem.Kind.BUSY, waiting.size() + " requests wait already; try again when some are done");
        }
        removeOld();
        Job job = new Job(UUID.randomUUID().toString(), kind, model, settings, task);
        jobs.put(job.id(), job);
        waiting.add(job);
        tellPlaces();
        notifyAll();
        return job;
    }

    /**
     * Returns a job.
     *
     * @throws Problem if there is none of that name, or it ended long ago
     */
    public synchronized Job get(String id) {
        Job job = jobs.get(id);
        if (job == null) {
            throw new Problem(
                    Problem.Kind.NOT_FOUND,
                    "there is no such job; one that has ended is forgotten after " + Album.WAIT.toMinutes()
                            + " minutes");
        }
        return job;
    }

    /** Ends a job: at once where it waits, between two steps where it runs. Without effect after its end. */
    public synchronized void cancel(Job job) {
        job.cancel();
        if (waiting.remove(job)) {
            job.cancelled();
            tellPlaces();
        }
    }

    /** Returns how many jobs wait or run. */
    public synchronized int length() {
        return waiting.size() + (running == null ? 0 : 1);
    }

    /** The job that runs has no place; the next one has place 1. */
    private void tellPlaces() {
        for (int i = 0; i < waiting.size(); i++) {
            waiting.get(i).queued(i + 1);
        }
    }

    private void removeOld() {
        Instant oldest = Instant.now().minus(Album.WAIT);
        jobs.values().removeIf(job -> job.ended() instanceof Instant ended && ended.isBefore(oldest));
    }

    private void work() {
        try {
            for (Job job = next(); job != null; job = next()) {
                run(job);
            }
        } catch (InterruptedException _) {
            // Closed while it waited.
        }
    }

    private synchronized @Nullable Job next() throws InterruptedException {
        running = null;
        while (waiting.isEmpty()) {
            if (closed) {
                return null;
            }
            wait();
        }
        Job job = waiting.removeFirst();
        running = job;
        job.begin();
        tellPlaces();
        return job;
    }

    private void run(Job job) {
        try {
            Progress progress = new Progress(job, limits.time());
            List<String> names = new ArrayList<>();
            for (Task.Result result : job.task().run(models.open(job.model()), progress)) {
                StoredImage image = new StoredImage(
                        UUID.randomUUID().toString(), job.kind(), job.settings(), result.image(), result.extras());
                album.add(image);
                names.add(image.id());
            }
            job.done(names);
        } catch (SamplingCancelledException _) {
            job.cancelled();
        } catch (IllegalArgumentException | NoSuchElementException | IllegalStateException e) {
            job.failed(new Problem(Problem.Kind.IMPOSSIBLE, String.valueOf(e.getMessage()), e));
        } catch (Throwable e) {
            job.failed(Router.problem(e));
        }
    }

    /** Cancels all jobs and waits for the one that runs. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            List.copyOf(waiting).forEach(this::cancel);
            if (running != null) {
                running.cancel();
            }
            notifyAll();
        }
        boolean interrupted = false;
        while (worker.isAlive()) {
            try {
                worker.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
