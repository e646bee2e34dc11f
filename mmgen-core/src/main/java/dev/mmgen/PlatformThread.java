package dev.mmgen;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The hop of short work from a virtual thread to a thread of the operating system, in which libtorch keeps its modes. A
 * platform thread does the work itself.
 */
final class PlatformThread {

    private PlatformThread() {}

    /**
     * Does the work, waits for it and returns its result. An interrupt does not end the work, and is kept.
     *
     * @throws RuntimeException whatever the work throws, errors too
     */
    static <T> T call(Supplier<T> work) {
        Thread caller = Thread.currentThread();
        if (!caller.isVirtual()) {
            return work.get();
        }
        FutureTask<T> task = new FutureTask<>(work::get);
        Thread thread = Thread.ofPlatform()
                .daemon()
                .name("mmgen-hop")
                .inheritInheritableThreadLocals(false)
                .unstarted(task);
        thread.setContextClassLoader(caller.getContextClassLoader());
        thread.start();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException _) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            throw unchecked(e.getCause());
        } finally {
            if (interrupted) {
                caller.interrupt();
            }
        }
    }

    /** Returns what unchecked work ended with, to be thrown on another thread; an error is thrown at once. */
    static RuntimeException unchecked(@Nullable Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return failure instanceof RuntimeException exception
                ? exception
                : new IllegalStateException("a checked exception came out of code that declares none", failure);
    }
}
