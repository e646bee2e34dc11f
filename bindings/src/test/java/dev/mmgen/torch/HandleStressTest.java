package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Threads that use, share and close one handle at the same time, in orders that a seed chooses. The native object is a probe:
 * it notices when it is freed twice, or used after it was freed.
 */
class HandleStressTest {

    private static final int THREADS = 3;

    /** Rounds between two barriers: meeting costs more than a round. */
    private static final int BATCH = 500;

    @Test
    void noInterleavingUsesWhatIsFreed() throws Exception {
        stress(20_000, new Random().nextLong());
    }

    @Test
    @Tag("long")
    void noInterleavingOfAMillionUsesWhatIsFreed() throws Exception {
        stress(1_000_000, new Random().nextLong());
    }

    /** A native object that is only its own life. */
    private static final class Probe {
        final AtomicInteger freed = new AtomicInteger();
        final AtomicInteger users = new AtomicInteger();
        final @Nullable Thread owner;
        /** Published without synchronisation, as a careless program would. */
        @Nullable
        Handle handle;

        Probe(@Nullable Thread owner) {
            this.owner = owner;
        }

        void free() {
            if (freed.incrementAndGet() != 1) {
                throw new AssertionError("freed twice");
            }
            if (users.get() != 0) {
                throw new AssertionError("freed while it was used");
            }
        }
    }

    private static void stress(int rounds, long seed) throws Exception {
        var failure = new AtomicReference<@Nullable Throwable>();
        var probes = new Probe[BATCH];
        var barrier = new CyclicBarrier(THREADS);
        var threads = new Thread[THREADS];
        for (int t = 0; t < THREADS; t++) {
            int number = t;
            threads[t] = new Thread(() -> {
                try {
                    var random = new Random(seed + number);
                    for (int batch = 0; batch < rounds / BATCH; batch++) {
                        if (number == 0) {
                            for (int i = 0; i < BATCH; i++) {
                                probes[i] = new Probe(random.nextInt(3) == 0 ? null : Thread.currentThread());
                            }
                        }
                        barrier.await();
                        for (Probe probe : probes) {
                            act(probe, random);
                        }
                        barrier.await();
                        if (number == 0) {
                            for (Probe probe : probes) {
                                finish(probe);
                            }
                        }
                    }
                } catch (BrokenBarrierException e) {
                    // Another thread has failed.
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                    barrier.reset();
                }
            });
            threads[t].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failure.get()).as("seed " + seed).isNull();
    }

    /** The acts of one thread on one handle: a few uses, ways out of the scope, and closes. */
    private static void act(Probe probe, Random random) {
        if (probe.owner == Thread.currentThread() || probe.owner == null && probe.handle == null) {
            synchronized (probe) {
                if (probe.handle == null) {
                    probe.handle = new Handle("probe", 1, _ -> probe.free(), probe.owner);
                }
            }
        }
        Handle handle = probe.handle;
        for (int i = 0; handle != null && i < 4; i++) {
            try {
                switch (random.nextInt(8)) {
                    case 0 -> handle.close();
                    case 1 -> handle.share();
                    case 2 -> handle.isClosed();
                    default -> use(handle, probe);
                }
            } catch (IllegalStateException expected) {
                // Closed, or of another thread.
            }
        }
    }

    private static void use(Handle handle, Probe probe) {
        boolean counted = handle.acquire();
        probe.users.incrementAndGet();
        int freed = probe.freed.get();
        if (!counted && probe.owner != Thread.currentThread()) {
            throw new AssertionError("an uncounted use on a thread that does not own the handle");
        }
        Thread.onSpinWait();
        freed += probe.freed.get();
        probe.users.decrementAndGet();
        if (counted) {
            handle.release();
        }
        if (freed != 0) {
            throw new AssertionError("used after it was freed");
        }
    }

    private static void finish(Probe probe) {
        Handle handle = probe.handle;
        if (handle != null) {
            handle.close();
            if (probe.freed.get() != 1) {
                throw new AssertionError("not freed");
            }
        }
    }
}
