package dev.mmgen.fuzz;

import dev.mmgen.torch.Torch;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.logging.LogManager;
import org.jspecify.annotations.Nullable;

/**
 * The program that attacks one target, in a JVM of its own. It prints each kind of failure once, with the number of the input,
 * from which the input can be made again, and ends with 0 if there was none.
 *
 * <p>Arguments: the target, the seed, seconds, inputs (the first of the two limits that is reached counts), the first input,
 * the folder for inputs that failed.
 */
final class Fuzzing {

    /** As many inputs share one look at the process's memory. */
    private static final int ROUND = 1000;

    private static final int MOST_KINDS = 20;

    private final String name;
    private final Target target;
    private final long seed;
    private final Path folder;
    private final Watch watch = Watch.begin();
    private final Map<String, Long> kinds = new LinkedHashMap<>();
    private final Map<String, Long> refusals = new HashMap<>();
    private long inputs;
    private long slowest;
    private double mostSeconds;
    private long largest;
    private long mostBytes;
    private long mostResident;

    private Fuzzing(String name, Target target, long seed, Path folder) {
        this.name = name;
        this.target = target;
        this.seed = seed;
        this.folder = folder;
    }

    public static void main(String[] arguments) throws IOException {
        prepare();
        Path folder = Path.of(arguments[5]);
        Files.createDirectories(folder);
        int code;
        try (Target target = Targets.valueOf(arguments[0]).open()) {
            Fuzzing fuzzing = new Fuzzing(arguments[0], target, Long.parseLong(arguments[1]), folder);
            fuzzing.run(Double.parseDouble(arguments[2]), Long.parseLong(arguments[4]), Long.parseLong(arguments[3]));
            fuzzing.report();
            code = fuzzing.kinds.isEmpty() ? 0 : 1;
        }
        System.exit(code);
    }

    /** Makes this process one that only attacks. */
    static void prepare() {
        Torch.setThreads(1);
        // A translated plan is noted once for each file.
        LogManager.getLogManager().reset();
    }

    /** Reads the files of the corpus, and returns how many kinds of failure there were. */
    static int replay(String name, Target opened, List<byte[]> files, Path folder) {
        try (Target target = opened) {
            Fuzzing fuzzing = new Fuzzing(name, target, 0, folder);
            for (int i = 0; i < files.size(); i++) {
                fuzzing.attack(i, target.of(files.get(i)));
            }
            fuzzing.report();
            return fuzzing.kinds.size();
        }
    }

    /** Returns the file in which a target keeps the number of the input at hand, for when the process falls. */
    static Path numberFile(Path folder, String name) {
        return folder.resolve(name + ".number");
    }

    private void run(double seconds, long first, long count) throws IOException {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        try (FileChannel channel = FileChannel.open(
                numberFile(folder, name),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            MappedByteBuffer number = channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES);
            long next = first;
            while (next < first + count && System.nanoTime() < end && kinds.size() < MOST_KINDS) {
                long start = next;
                long resident = Watch.forgetPeak();
                for (; next < Math.min(start + ROUND, first + count) && System.nanoTime() < end; next++) {
                    number.putLong(0, next);
                    attack(next);
                }
                long grown = Watch.peak() - resident;
                mostResident = Math.max(mostResident, grown);
                // A round's inputs are looked at one by one only where all of them together took too much.
                if (start > first && grown > Watch.MOST_BYTES) {
                    narrow(start, next);
                }
            }
        }
    }

    private void narrow(long from, long to) {
        for (long number = from; number < to; number++) {
            Target.Input input = target.draw(random(number));
            long resident = Watch.forgetPeak();
            attack(number);
            long grown = Watch.peak() - resident;
            if (grown > allowed(input)) {
                failed(number, input, "took " + (grown >> 20) + " MB of the process", null);
            }
        }
    }

    private static long allowed(Target.Input input) {
        return Watch.MOST_BYTES + Watch.BYTES_PER_BYTE * input.declaredBytes();
    }

    private SplittableRandom random(long number) {
        return new SplittableRandom(seed * 0x9E3779B97F4A7C15L + number);
    }

    private void attack(long number) {
        attack(number, target.draw(random(number)));
    }

    private void attack(long number, Target.Input input) {
        long live = Torch.liveTensors();
        inputs++;
        Throwable failure = null;
        watch.start();
        try {
            input.run();
        } catch (Throwable e) {
            failure = e;
        }
        Watch.Cost cost = watch.stop();
        if (cost.seconds() > mostSeconds) {
            mostSeconds = cost.seconds();
            slowest = number;
        }
        if (cost.bytes() > mostBytes) {
            mostBytes = cost.bytes();
            largest = number;
        }
        if (failure != null) {
            refusals.merge(failure.getClass().getSimpleName(), 1L, Long::sum);
            if (!target.isHelpful(failure)) {
                failed(number, input, "does not help", failure);
            } else if (causedByError(failure)
                    && allowed(input) < Runtime.getRuntime().maxMemory() / 4) {
                failed(number, input, "hides an error", failure);
            }
        }
        if (cost.seconds() > Watch.MOST_SECONDS) {
            failed(number, input, "took " + cost.seconds() + " s", failure);
        }
        if (cost.bytes() > allowed(input)) {
            failed(number, input, "took " + (cost.bytes() >> 20) + " MB of the heap", failure);
        }
        // There may be fewer: in a replay, models of the targets before are freed when the collector finds them.
        if (Torch.liveTensors() > live) {
            failed(number, input, "leaves " + (Torch.liveTensors() - live) + " tensors", failure);
        }
    }

    private static boolean causedByError(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof Error) {
                return true;
            }
        }
        return false;
    }

    private void failed(long number, Target.Input input, String fault, @Nullable Throwable failure) {
        String kind = fault.replaceAll("[0-9.]+", "N") + (failure == null ? "" : " at " + place(failure));
        if (kinds.merge(kind, 1L, Long::sum) > 1) {
            return;
        }
        System.out.println("FAILED " + name + " input " + number + " of seed " + seed + ": " + fault);
        if (failure != null) {
            failure.printStackTrace(System.out);
        }
        try {
            if (input.bytes().length > 0) {
                Files.write(folder.resolve(name + "-" + seed + "-" + number), input.bytes());
            }
        } catch (IOException e) {
            System.out.println("the input cannot be kept: " + e);
        }
    }

    private static String place(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        StackTraceElement[] frames = root.getStackTrace();
        return root.getClass().getName() + (frames.length == 0 ? "" : " " + frames[0]);
    }

    private void report() {
        System.out.printf(
                Locale.ROOT,
                "%s: %,d inputs of seed %d; slowest %.3f s (input %d); most heap %.1f MB (input %d); process at most"
                        + " %.0f MB more within %d inputs; refused %s; %d kinds of failure%n",
                name,
                inputs,
                seed,
                mostSeconds,
                slowest,
                mostBytes / 1048576.0,
                largest,
                mostResident / 1048576.0,
                ROUND,
                refusals,
                kinds.size());
        kinds.forEach((kind, count) -> System.out.println("    " + count + " x " + kind));
    }
}
