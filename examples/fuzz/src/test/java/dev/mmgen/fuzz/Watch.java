package dev.mmgen.fuzz;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The time and memory of one input. Time is that of the processor, since a busy machine is no fault of a parser; memory is what
 * the thread allocates on the heap, each byte counted once, however short its life.
 */
final class Watch {

    /** The longest time of an input. */
    static final double MOST_SECONDS = 2;

    /** The memory that any input may take, beside {@link #BYTES_PER_BYTE} for each byte that it has or declares. */
    static final long MOST_BYTES = 64 << 20;

    static final long BYTES_PER_BYTE = 8;

    /** An input that does not end at all. */
    private static final int HANGS_AFTER_SECONDS = 60;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path RESET = Path.of("/proc/self/clear_refs");

    private final Thread watched = Thread.currentThread();
    private volatile long startedAt;
    private volatile boolean running;
    private long processorTime;
    private long allocated;

    /** The time and the memory that an input took. */
    record Cost(double seconds, long bytes) {}

    /** Watches this thread; one that hangs ends the process, after its stack was printed. */
    static Watch begin() {
        Watch watch = new Watch();
        Thread.ofPlatform().daemon().name("watch").start(watch::guard);
        return watch;
    }

    /** Looks twice a second, and counts its looks: a process that is stopped for a while has not hung. */
    private void guard() {
        try {
            long began = startedAt;
            int looks = 0;
            while (true) {
                Thread.sleep(500);
                looks = running && startedAt == began ? looks + 1 : 0;
                began = startedAt;
                if (looks > 2 * HANGS_AFTER_SECONDS) {
                    System.out.println("HANGS in");
                    for (StackTraceElement frame : watched.getStackTrace()) {
                        System.out.println("    " + frame);
                    }
                    System.out.flush();
                    Runtime.getRuntime().halt(3);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    void start() {
        startedAt = System.nanoTime();
        running = true;
        processorTime = THREADS.getCurrentThreadCpuTime();
        allocated = THREADS.getCurrentThreadAllocatedBytes();
    }

    Cost stop() {
        long bytes = THREADS.getCurrentThreadAllocatedBytes() - allocated;
        double seconds = (THREADS.getCurrentThreadCpuTime() - processorTime) / 1e9;
        running = false;
        return new Cost(seconds, bytes);
    }

    /** Forgets the most memory that the process had, of heap and native code together, and returns what it has now. */
    static long forgetPeak() {
        try {
            Files.writeString(RESET, "5");
        } catch (IOException _) {
            // The peak then covers the whole run, so it is checked all the same.
        }
        return status("VmRSS:").orElse(0L);
    }

    /** Returns the most memory that the process had since then. */
    static long peak() {
        return status("VmHWM:").orElse(0L);
    }

    private static Optional<Long> status(String name) {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith(name))
                    .map(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst();
        } catch (IOException _) {
            return Optional.empty();
        }
    }
}
