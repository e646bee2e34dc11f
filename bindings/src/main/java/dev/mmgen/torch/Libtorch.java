package dev.mmgen.torch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * The native library under everything here. It is found and loaded on first use; nobody needs to call this class.
 *
 * <p>It is taken from the first of
 * <ol>
 *   <li>system property {@code mmgen.libtorch},
 *   <li>environment variable {@code LIBTORCH}: both name an unpacked libtorch, its {@code lib} folder or the
 *       {@code torch} folder of a Python installation, for CPU or CUDA, release 2.11 or newer (2.13 for everything);
 *   <li>the class path: the jars that come with the Maven dependency, for CPU.
 * </ol>
 * A folder that is named and does not work is an error; the class path is not tried then.
 *
 * <p>Jars are extracted once, to the folder in system property {@code mmgen.cache}, else {@code $XDG_CACHE_HOME/mmgen},
 * else {@code ~/.cache/mmgen}; about 770 MB. System property {@code mmgen.blas}, {@code mkl} or {@code openblas},
 * chooses the linear algebra behind the libtorch of the class path; unset, it is MKL where its jar is there, else
 * OpenBLAS.
 *
 * <p>One operator uses as many threads as the JVM may use processors, but not more than there are physical cores;
 * environment variable {@code OMP_NUM_THREADS} and system property {@code mmgen.threads} say otherwise, in that order from
 * last, and {@link Torch#setThreads} at any time. System property {@code mmgen.nnpack}, {@code true}, lets convolutions
 * use NNPACK.
 *
 * <p>A process that ends waits for the calls under way and then destroys libtorch's globals, which takes 80 ms. With system
 * property {@code mmgen.exit}, {@code at-once}, it ends before the second on Linux: for programs in which no other native library
 * has something to do at the end.
 */
public final class Libtorch {

    private Libtorch() {}

    /**
     * Loads libtorch, unless it is loaded. Threads that call at the same time wait for the one that loads.
     *
     * @throws LibtorchException if that fails or has failed before, with the same message each time
     */
    public static void load() {
        LibtorchException failure = Loaded.OUTCOME.failure();
        if (failure != null) {
            throw new LibtorchException(String.valueOf(failure.getMessage()), failure);
        }
    }

    /** Returns the outcome of loading, which is tried unless it was tried before; never throws. */
    public static LibtorchReport describe() {
        LibtorchReport report = Loaded.OUTCOME.report();
        return report.isLoaded() ? report.with(NativeShim.threads(), devices()) : report;
    }

    /** Not part of loading, since counting CUDA devices starts CUDA. */
    private static List<String> devices() {
        var devices = new ArrayList<>(List.of("cpu"));
        try {
            int count = NativeShim.cudaDevices();
            for (int i = 0; i < count; i++) {
                devices.add("cuda:" + i);
            }
        } catch (LibtorchException e) {
            devices.add("no cuda (" + e.getMessage() + ")");
        }
        return devices;
    }

    /** The holder of the outcome, which the JVM initialises once, on first use, under its lock. */
    private static final class Loaded {

        static final LibtorchLoader.Outcome OUTCOME = onThreadOfItsOwn();

        /**
         * Loads on a thread that nobody else knows: an interrupt of the first user would close the channels that loading
         * reads from, and the failure would stay for the whole process. It has a stack of its own, too, and no context
         * class loader that it could keep alive.
         */
        private static LibtorchLoader.Outcome onThreadOfItsOwn() {
            var outcome = new FutureTask<>(LibtorchLoader::runForThisProcess);
            Thread thread = Thread.ofPlatform().name("libtorch-load").daemon().unstarted(outcome);
            thread.setContextClassLoader(null);
            thread.start();
            boolean interrupted = false;
            try {
                while (true) {
                    try {
                        return outcome.get();
                    } catch (InterruptedException _) {
                        interrupted = true;
                    }
                }
            } catch (ExecutionException e) {
                throw new AssertionError("run() catches everything", e);
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
