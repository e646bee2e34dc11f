package dev.mmgen.bench;

import dev.mmgen.MmGen;
import dev.mmgen.MultiModalImage;
import dev.mmgen.torch.Torch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Rounds of requests that come at once, each on a virtual thread of its own, on one model: whether they get the images of the same
 * requests one by one, and the process's memory after each round and a garbage collection (Linux).
 *
 * <p>Arguments: requests of a round (200), rounds (8), steps of a request (4).
 */
public final class CrowdBenchmark {

    private static final String USAGE = "CrowdBenchmark [REQUESTS] [ROUNDS] [STEPS]";

    private CrowdBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Arguments.run(USAGE, arguments, CrowdBenchmark::measure);
    }

    private static void measure(Arguments arguments) throws IOException, InterruptedException, ExecutionException {
        int requests = arguments.count(0, 200);
        int rounds = arguments.count(1, 8);
        int steps = arguments.count(2, 4);
        try (MmGen mmgen = MmGen.shapes()) {
            long start = System.nanoTime();
            List<MultiModalImage> serial = IntStream.range(0, requests)
                    .mapToObj(seed -> draw(mmgen, seed, steps))
                    .toList();
            print("one by one", start, "");
            for (int round = 1; round <= rounds; round++) {
                start = System.nanoTime();
                long equal = equal(serial, drawAtOnce(mmgen, requests, steps));
                print("round " + round, start, equal + " equal, ");
            }
        }
    }

    private static MultiModalImage draw(MmGen mmgen, int seed, int steps) {
        return mmgen.generate()
                .category(seed % mmgen.config().categories().size())
                .seed(seed)
                .steps(steps)
                .run();
    }

    private static List<MultiModalImage> drawAtOnce(MmGen mmgen, int requests, int steps)
            throws InterruptedException, ExecutionException {
        List<Future<MultiModalImage>> drawn = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < requests; i++) {
                int seed = i;
                drawn.add(threads.submit(() -> draw(mmgen, seed, steps)));
            }
        }
        List<MultiModalImage> images = new ArrayList<>();
        for (Future<MultiModalImage> image : drawn) {
            images.add(image.get());
        }
        return images;
    }

    private static long equal(List<MultiModalImage> serial, List<MultiModalImage> drawn) {
        return IntStream.range(0, serial.size())
                .filter(i -> serial.get(i).equals(drawn.get(i)))
                .count();
    }

    private static void print(String event, long start, String result) throws IOException {
        double seconds = (System.nanoTime() - start) / 1e9;
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        System.out.printf(
                Locale.ROOT,
                "%-10s %6.1f s, %s%d tensors, heap %d of %d MB, resident %d MB%n",
                event,
                seconds,
                result,
                Torch.liveTensors(),
                (runtime.totalMemory() - runtime.freeMemory()) >> 20,
                runtime.totalMemory() >> 20,
                ProcessMemory.resident() >> 10);
    }
}
