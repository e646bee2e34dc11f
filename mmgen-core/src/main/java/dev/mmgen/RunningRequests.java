package dev.mmgen;

import dev.mmgen.sampling.SamplingCancelledException;
import dev.mmgen.torch.Torch;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one {@link MmGen} that are under way, and the threads of those whose caller brings none that libtorch can
 * use. Closing waits for them, so that no request loses its model.
 *
 * <p>libtorch keeps its modes per thread of the operating system, and one request keeps {@link Torch#threads} of them busy;
 * so there are as many threads as processors divided by that, at least one, and the other requests wait in a queue. A thread
 * ends after 10 idle seconds.
 */
final class RunningRequests implements AutoCloseable {

    private static final long IDLE_SECONDS = 10;

    private final ImagePipeline pipeline;
    private final ThreadFactory factory;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    private final Set<Run> running = new LinkedHashSet<>();
    private @Nullable ThreadPoolExecutor threads;
    private volatile boolean closed;

    RunningRequests(ImagePipeline pipeline) {
        this(pipeline, ownThreads());
    }

    RunningRequests(ImagePipeline pipeline, ThreadFactory factory) {
        this.pipeline = pipeline;
        this.factory = factory;
    }

    /** The threads outlive their first caller: they must not keep its class loader or its inherited variables. */
    private static ThreadFactory ownThreads() {
        ThreadFactory numbered = Thread.ofPlatform()
                .daemon()
                .name("mmgen-", 1)
                .inheritInheritableThreadLocals(false)
                .factory();
        return work -> {
            Thread thread = numbered.newThread(work);
            thread.setContextClassLoader(null);
            return thread;
        };
    }

    /** Images of requests under way. A run ends once: with its images, by a failure, or cancelled before it began. */
    final class Run implements Runnable {

        private final List<ImagePart> parts;
        private final Consumer<Run> whenEnded;
        private final @Nullable ClassLoader context = Thread.currentThread().getContextClassLoader();
        private final AtomicBoolean begun = new AtomicBoolean();
        private final CountDownLatch over = new CountDownLatch(1);
        private volatile boolean cancelled;
        private volatile @Nullable Thread thread;
        private @Nullable List<MultiModalImage> images;
        private @Nullable Throwable failure;

        private Run(List<ImagePart> parts, Consumer<Run> whenEnded) {
            this.parts = parts;
            this.whenEnded = whenEnded;
        }

        /** Draws the images on this thread, under the context class loader of the caller, whose listener may need it. */
        @Override
        public void run() {
            if (!begun.compareAndSet(false, true)) {
                return;
            }
            Thread current = Thread.currentThread();
            ClassLoader before = current.getContextClassLoader();
            thread = current;
            current.setContextClassLoader(context);
            try {
                images = pipeline.run(parts, () -> cancelled);
            } catch (Throwable e) {
                failure = MemoryShortage.named(e, parts);
            } finally {
                current.setContextClassLoader(before);
                end();
            }
        }

        /** Ends this between two steps, or at once if it has not begun. Without effect afterwards. */
        void cancel() {
            cancelled = true;
            if (!begun.get()) {
                fail(new SamplingCancelledException("the request was cancelled before it began"));
            }
        }

        /** Ends this unless it has begun. */
        private void fail(Throwable reason) {
            if (begun.compareAndSet(false, true)) {
                failure = reason;
                end();
            }
        }

        private void end() {
            leave(this);
            over.countDown();
            whenEnded.accept(this);
        }

        /**
         * Waits for the end. An interrupt cancels this, and is kept.
         *
         * @throws RuntimeException whatever ended this early
         */
        List<MultiModalImage> await() {
            boolean interrupted = false;
            try {
                while (true) {
                    try {
                        over.await();
                        break;
                    } catch (InterruptedException _) {
                        interrupted = true;
                        cancel();
                    }
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
            if (failure != null) {
                throw PlatformThread.unchecked(failure);
            }
            return Objects.requireNonNull(images);
        }
    }

    /** Draws all images before it returns: on the caller's thread, unless that is virtual. */
    List<MultiModalImage> run(List<ImageRequest> wanted) {
        if (wanted.isEmpty()) {
            requireOpen();
            return List.of();
        }
        Run run = enter(new Run(wanted.stream().map(ImagePart::all).toList(), _ -> {}));
        if (Thread.currentThread().isInterrupted()) {
            run.cancel();
        } else if (Thread.currentThread().isVirtual()) {
            start(run);
        } else {
            run.run();
        }
        return run.await();
    }

    /**
     * Draws all images on a thread of the library's. Whatever completes the future early ends the request.
     *
     * <p>It completes on a thread of {@link CompletableFuture#defaultExecutor}: what a program does next may wait for other
     * requests, for which the library's own threads must stay free.
     */
    <T> CompletableFuture<T> submit(ImageRequest request, Function<List<MultiModalImage>, T> result) {
        CompletableFuture<T> future = new CompletableFuture<>();
        Run run = enter(new Run(
                List.of(ImagePart.all(request)),
                ended -> future.defaultExecutor().execute(() -> complete(future, () -> result.apply(ended.await())))));
        future.whenComplete((_, _) -> run.cancel());
        start(run);
        return future;
    }

    private static <T> void complete(CompletableFuture<T> future, Supplier<T> result) {
        try {
            future.complete(result.get());
        } catch (Throwable e) {
            future.completeExceptionally(e);
        }
    }

    /** Begins to draw some images on a thread of the library's. */
    Run begin(ImagePart part) {
        Run run = enter(new Run(List.of(part), _ -> {}));
        start(run);
        return run;
    }

    /** Notes a run, so that closing waits for it; if this is closed, the run fails. */
    private Run enter(Run run) {
        lock.lock();
        try {
            requireOpen();
            running.add(run);
        } catch (IllegalStateException e) {
            run.fail(e);
        } finally {
            lock.unlock();
        }
        return run;
    }

    private void leave(Run run) {
        lock.lock();
        try {
            running.remove(run);
            ended.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Hands a run to a thread. If there is none to be had, the run fails: otherwise closing would wait for it forever. */
    private void start(Run run) {
        lock.lock();
        try {
            if (run.begun.get()) {
                return;
            }
            if (threads == null) {
                threads = pool();
            }
            threads.execute(run);
        } catch (RuntimeException | Error e) {
            run.fail(e);
        } finally {
            lock.unlock();
        }
    }

    private ThreadPoolExecutor pool() {
        // Asked on a platform thread: this one may be virtual.
        int each = PlatformThread.call(Torch::threads);
        int size = Math.max(1, Runtime.getRuntime().availableProcessors() / each);
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                size, size, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /**
     * Checks that there will be a model for another request.
     *
     * @throws IllegalStateException if there will not
     */
    void requireOpen() {
        if (closed) {
            throw new IllegalStateException(
                    "this MmGen is closed; open the model again, and close it after its last request");
        }
    }

    /**
     * Refuses further requests and waits for those that are under way or queued. An interrupt cancels them, and is kept.
     *
     * @throws IllegalStateException if a listener of such a request calls this, which would wait for itself
     */
    @Override
    public void close() {
        boolean interrupted = false;
        lock.lock();
        try {
            for (Run run : running) {
                if (run.thread == Thread.currentThread()) {
                    throw new IllegalStateException(
                            "this MmGen cannot be closed by a listener of its own request; cancel"
                                    + " the step and close the MmGen when the request has ended");
                }
            }
            closed = true;
            while (!running.isEmpty()) {
                try {
                    ended.await();
                } catch (InterruptedException _) {
                    interrupted = true;
                    List.copyOf(running).forEach(Run::cancel);
                }
            }
            if (threads != null) {
                threads.shutdown();
            }
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
