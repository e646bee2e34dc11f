package dev.mmgen.bench;

import dev.mmgen.ImageRequest;
import dev.mmgen.MmGen;
import dev.mmgen.cli.Main;
import dev.mmgen.image.RgbImage;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.torch.io.FileReason;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The rate at which {@code mmgen understand} reads a folder of pictures, in one command that opens the model, loads every picture and
 * writes all results, against that of the bare model on the same pictures in memory, in batches of the same size, half of them
 * before and half after: by the clock, and by the time of all processors, which others on the machine do not lengthen; and the
 * process's memory at each tenth of the folder (Linux).
 *
 * <p>Arguments: pictures (1000), size of a batch (16).
 */
public final class FolderBenchmark {

    private static final String USAGE = "FolderBenchmark [PICTURES] [BATCH]";
    private static final int TENTHS = 10;

    private FolderBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Arguments.run(USAGE, arguments, FolderBenchmark::measure);
    }

    private static void measure(Arguments arguments) throws IOException {
        int count = arguments.count(0, 1000);
        int batch = arguments.count(1, 16);
        Path folder = Files.createTempDirectory("mmgen-folder");
        try (MmGen mmgen = MmGen.shapes()) {
            measure(mmgen, folder, count, batch);
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void measure(MmGen mmgen, Path folder, int count, int batch) throws IOException {
        Path photos = folder.resolve("photos");
        Path out = folder.resolve("out");
        List<RgbImage> pictures = photos(count);
        for (int i = 0; i < count; i++) {
            pictures.get(i).write(photos.resolve(String.format(Locale.ROOT, "%05d.png", i)));
        }
        read(mmgen, pictures.subList(0, Math.min(batch, count)), batch);
        Spent before = Spent.of(() -> read(mmgen, pictures.subList(0, count / 2), batch));
        Spent whole;
        try (Watch watch = Watch.begin(out.resolve("index.jsonl"), count)) {
            whole = Spent.of(() -> command(photos, out, batch));
        }
        Spent bare = before.plus(Spent.of(() -> read(mmgen, pictures.subList(count / 2, count), batch)));
        System.out.printf(
                Locale.ROOT,
                "%d pictures: bare model %.1f/s, folder %.1f/s, ratio %.2f, of processor time %.2f%n",
                count,
                count / bare.seconds,
                count / whole.seconds,
                bare.seconds / whole.seconds,
                bare.processors / whole.processors);
    }

    private static void command(Path photos, Path out, int batch) {
        int exitCode = Main.commandLine()
                .execute(
                        "understand",
                        photos.toString(),
                        "--out",
                        out.toString(),
                        "--batch",
                        Integer.toString(batch),
                        "--quiet");
        if (exitCode != 0) {
            throw new IllegalStateException("mmgen understand ended with " + exitCode);
        }
    }

    /** A thread that prints the process's memory at each tenth of the lines that an index will have. */
    private record Watch(Thread thread) implements AutoCloseable {

        static Watch begin(Path index, int lines) {
            return new Watch(Thread.ofPlatform().daemon().name("memory").start(() -> watch(index, lines)));
        }

        private static void watch(Path index, int lines) {
            try {
                for (int tenth = 1; tenth <= TENTHS; ) {
                    // Seldom: counting is work that the folder is not to blame for.
                    Thread.sleep(1000);
                    if (lines(index) * TENTHS >= (long) lines * tenth) {
                        System.out.printf(
                                Locale.ROOT,
                                "%5d %%: resident %d MB%n",
                                tenth * 100 / TENTHS,
                                ProcessMemory.resident() >> 10);
                        tenth++;
                    }
                }
            } catch (IOException e) {
                System.out.println("the index cannot be read: " + FileReason.reading(e));
            } catch (InterruptedException _) {
                // The command has ended.
            }
        }

        private static long lines(Path index) throws IOException {
            if (!Files.exists(index)) {
                return 0;
            }
            try (Stream<String> lines = Files.lines(index)) {
                return lines.count();
            }
        }

        @Override
        public void close() {
            thread.interrupt();
        }
    }

    /**
     * Time that some work took.
     *
     * @param seconds    by the clock
     * @param processors seconds of all processors, for this process
     */
    private record Spent(double seconds, double processors) {

        static Spent of(Runnable work) {
            Spent began = now();
            work.run();
            Spent ended = now();
            return new Spent(ended.seconds - began.seconds, ended.processors - began.processors);
        }

        private static Spent now() {
            var system = ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class);
            return new Spent(System.nanoTime() / 1e9, system.getProcessCpuTime() / 1e9);
        }

        Spent plus(Spent more) {
            return new Spent(seconds + more.seconds, processors + more.processors);
        }
    }

    private static List<RgbImage> photos(int count) {
        return IntStream.range(0, count)
                .parallel()
                .mapToObj(i -> ShapesWorld.SECOND.render(Split.TEST.seed(i)).rgb())
                .toList();
    }

    private static void read(MmGen mmgen, List<RgbImage> photos, int batch) {
        for (int start = 0; start < photos.size(); start += batch) {
            List<ImageRequest> requests = photos.subList(start, Math.min(start + batch, photos.size())).stream()
                    .map(photo -> mmgen.understand(photo).batch(batch).build())
                    .toList();
            mmgen.runAll(requests);
        }
    }
}
