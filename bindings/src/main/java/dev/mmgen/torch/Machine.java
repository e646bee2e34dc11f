package dev.mmgen.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * The machine that tensors on the CPU are computed on, as Linux describes it: what defaults depend on. Other systems say nothing of it
 * here.
 *
 * @param processor lines of {@code /proc/cpuinfo}; none where it is unknown
 * @param memory    lines of {@code /proc/meminfo}, likewise
 */
public record Machine(List<String> processor, List<String> memory) {

    /** Copies the lines. */
    public Machine {
        processor = List.copyOf(processor);
        memory = List.copyOf(memory);
    }

    /** Returns this machine as it is now. */
    public static Machine now() {
        return new Machine(lines(Path.of("/proc/cpuinfo")), lines(Path.of("/proc/meminfo")));
    }

    private static List<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException _) {
            return List.of();
        }
    }

    /** The speed of products in bfloat16 beside those in float32. */
    public enum Bfloat16 {
        /** As on x86 processors with AMX, and AMD's with the instructions of AVX-512. */
        FASTER,
        /** As on all other x86 processors. */
        SLOWER,
        /** As far as this library knows: on processors of other kinds, and systems that do not tell. */
        UNKNOWN
    }

    /**
     * Returns how fast bfloat16 is. Intel's processors have it in AVX-512 too, but there one of its instructions takes as long as four of
     * float32's, with twice the work: only AMX makes it faster.
     */
    public Bfloat16 bfloat16() {
        String flags = line(processor, "flags");
        if (flags.isEmpty()) {
            return Bfloat16.UNKNOWN;
        }
        boolean fast = flags.contains("amx_bf16")
                || flags.contains("avx512_bf16") && line(processor, "vendor_id").contains("AuthenticAMD");
        return fast ? Bfloat16.FASTER : Bfloat16.SLOWER;
    }

    /** Returns the bytes of main memory that programs can still have, empty where the system does not say. */
    public OptionalLong availableMemory() {
        String line = line(memory, "MemAvailable:");
        return line.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(Long.parseLong(line.replaceAll("\\D", "")) << 10);
    }

    private static String line(List<String> lines, String name) {
        return lines.stream().filter(line -> line.startsWith(name)).findFirst().orElse("");
    }
}
