package dev.mmgen.bench;

import dev.mmgen.ImageRequest;
import dev.mmgen.MmGen;
import dev.mmgen.cli.Main;
import dev.mmgen.image.RgbImage;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The rate at which {@code mmgen understand} reads a folder of pictures, with all that is loaded and written, against that of the
 * bare model on the same pictures in memory, in batches of the same size and in turns: by the clock, and by the time of all
 * processors, which others on the machine do not lengthen; and the process's memory after each part of the folder (Linux).
 *
 * <p>Arguments: pictures (1000), size of a batch (16), parts (4), each of which opens the model for its folder.
 */
public final class FolderBenchmark {

    private FolderBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1000;
        int batch = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 16;
        int parts = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 4;
        Path folder = Files.createTempDirectory("mmgen-folder");
        try (MmGen mmgen = MmGen.shapes()) {
            measure(mmgen, folder, new Work(count / parts, batch, parts));
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /**
     * The amount of work.
     *
     * @param pictures of each part
     * @param batch    pictures that are read at once
     * @param parts    of the folder
     */
    private record Work(int pictures, int batch, int parts) {}

    private static void measure(MmGen mmgen, Path folder, Work work) throws IOException {
        Path photos = folder.resolve("photos");
        Path out = folder.resolve("out");
        Spent bareSum = Spent.NOTHING;
        Spent folderSum = Spent.NOTHING;
        read(mmgen, photos(0, work.batch), work.batch);
        for (int part = 0; part < work.parts; part++) {
            int done = part * work.pictures;
            List<RgbImage> pictures = photos(done, work.pictures);
            for (int i = 0; i < pictures.size(); i++) {
                pictures.get(i).write(photos.resolve(String.format(Locale.ROOT, "%05d.png", done + i)));
            }
            Spent began = Spent.now();
            read(mmgen, pictures, work.batch);
            Spent bare = Spent.now().minus(began);
            began = Spent.now();
            // What is read already is skipped, as after an interruption.
            int exitCode = Main.commandLine()
                    .execute(
                            "understand",
                            photos.toString(),
                            "--out",
                            out.toString(),
                            "--batch",
                            Integer.toString(work.batch),
                            "--quiet");
            Spent whole = Spent.now().minus(began);
            if (exitCode != 0) {
                throw new IllegalStateException("mmgen understand ended with " + exitCode);
            }
            bareSum = bareSum.plus(bare);
            folderSum = folderSum.plus(whole);
            System.out.printf(
                    Locale.ROOT,
                    "%5d pictures: bare model %.1f/s, folder %.1f/s, ratio %.2f, of processor time %.2f, resident %d MB%n",
                    done + work.pictures,
                    work.pictures / bare.seconds,
                    work.pictures / whole.seconds,
                    bare.seconds / whole.seconds,
                    bare.processors / whole.processors,
                    resident() >> 10);
        }
        System.out.printf(
                Locale.ROOT,
                "all: ratio %.2f, of processor time %.2f%n",
                bareSum.seconds / folderSum.seconds,
                bareSum.processors / folderSum.processors);
    }

    /**
     * Time since some moment.
     *
     * @param seconds    by the clock
     * @param processors seconds of all processors, for this process
     */
    private record Spent(double seconds, double processors) {

        private static final Spent NOTHING = new Spent(0, 0);

        static Spent now() {
            var system = ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class);
            return new Spent(System.nanoTime() / 1e9, system.getProcessCpuTime() / 1e9);
        }

        Spent minus(Spent began) {
            return new Spent(seconds - began.seconds, processors - began.processors);
        }

        Spent plus(Spent more) {
            return new Spent(seconds + more.seconds, processors + more.processors);
        }
    }

    private static List<RgbImage> photos(int first, int count) {
        return IntStream.range(first, first + count)
                .parallel()
                .mapToObj(i -> ShapesWorld.render(ShapesWorld.FIRST.scene(Split.TEST.seed(i)), 64, 64)
                        .rgb())
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

    /** Returns the resident memory in kB; 0 where the system does not tell. */
    private static long resident() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElse(0);
    }
}
