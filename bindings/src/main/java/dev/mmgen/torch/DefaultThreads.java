package dev.mmgen.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The number of threads with which libtorch begins. Its own choice asks cpuinfo, which takes the cores of some virtual
 * machines for hyperthreads, and in a container sees the whole host; the JVM knows quotas and affinity. Two threads on one
 * physical core share its vector units, so more threads than cores gain nothing.
 *
 * @param count at least 1
 * @param source where the number comes from, for a report
 */
record DefaultThreads(int count, String source) {

    static final String PROPERTY = "mmgen.threads";
    static final String VARIABLE = "OMP_NUM_THREADS";

    /**
     * Returns the setting, else the variable, else one thread per physical core that the JVM may use.
     *
     * @throws LibtorchException if the setting is not a number of threads
     */
    static DefaultThreads of(LoadSettings settings) {
        String setting = settings.threadsProperty();
        if (setting != null) {
            int count = number(setting);
            if (count < 1) {
                throw new LibtorchException(
                        PROPERTY + " is " + setting + "; it must be a number of threads, 1 or more.");
            }
            return new DefaultThreads(count, "system property " + PROPERTY);
        }
        String variable = settings.threadsVariable();
        // A list, as "4,2", gives one number for each level of nesting. libgomp ignores what is no number, too.
        int count = variable == null ? 0 : number(variable.split(",", 2)[0]);
        return count >= 1
                ? new DefaultThreads(count, "environment variable " + VARIABLE)
                : ofMachine(Runtime.getRuntime().availableProcessors(), Path.of("/"));
    }

    /**
     * Returns the smaller of what the JVM may use and the physical cores that this process may run on.
     *
     * @param root of the file system with {@code proc} and {@code sys}; where they are missing, the JVM's number counts
     */
    static DefaultThreads ofMachine(int available, Path root) {
        int cores = physicalCores(root);
        return cores >= 1 && cores < available
                ? new DefaultThreads(cores, "one per physical core")
                : new DefaultThreads(available, "the processors that the JVM may use");
    }

    /** Returns the number of different cores behind the processors of this process's affinity, 0 if it cannot be told. */
    private static int physicalCores(Path root) {
        Set<String> cores = new HashSet<>();
        for (int processor : allowed(root.resolve("proc/self/status"))) {
            Path topology = root.resolve("sys/devices/system/cpu/cpu" + processor + "/topology");
            String siblings = firstLine(topology.resolve("core_cpus_list"));
            if (siblings == null) {
                siblings = firstLine(topology.resolve("thread_siblings_list"));
            }
            if (siblings == null) {
                return 0;
            }
            cores.add(siblings);
        }
        return cores.size();
    }

    /** Reads the list of processors, such as {@code 0-3,8}. */
    private static List<Integer> allowed(Path status) {
        List<Integer> processors = new ArrayList<>();
        String label = "Cpus_allowed_list:";
        try {
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith(label)) {
                    for (String range : line.substring(label.length()).strip().split(",")) {
                        String[] ends = range.split("-", 2);
                        int last = Integer.parseInt(ends[ends.length - 1]);
                        for (int processor = Integer.parseInt(ends[0]); processor <= last; processor++) {
                            processors.add(processor);
                        }
                    }
                }
            }
            return processors;
        } catch (IOException | NumberFormatException _) {
            return List.of();
        }
    }

    private static @Nullable String firstLine(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException _) {
            return null;
        }
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException _) {
            return 0;
        }
    }
}
