package dev.mmgen.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The memory of this process in kB, as Linux tells it; 0 where the system does not. */
final class ProcessMemory {

    private static final Path STATUS = Path.of("/proc/self/status");

    private ProcessMemory() {}

    /** Returns what is in memory now. */
    static long resident() throws IOException {
        return field("VmRSS:");
    }

    /** Returns what is in memory now without what is mapped of files, which the system takes away where memory is short. */
    static long own() throws IOException {
        return field("RssAnon:");
    }

    /** Returns the most that was in memory since the process began. */
    static long peak() throws IOException {
        return field("VmHWM:");
    }

    private static long field(String name) throws IOException {
        if (!Files.exists(STATUS)) {
            return 0;
        }
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElse(0);
    }
}
