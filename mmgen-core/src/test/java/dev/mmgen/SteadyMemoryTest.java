package dev.mmgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mmgen.torch.Torch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A process that draws for a long time needs no more memory than one that draws for a short time. */
@Tag("long")
class SteadyMemoryTest {

    private static final int STEPS_PER_IMAGE = 50;
    private static final int WARM_UP_IMAGES = 40;
    private static final int IMAGES = 40;

    @Test
    @EnabledOnOs(OS.LINUX)
    void twoThousandStepsLeaveMemoryAsItWas(@TempDir Path folder) throws IOException, InterruptedException {
        SmallModelFolder.write(folder);
        // A process of its own, whose Java heap is resident from the start and whose code is soon compiled for good:
        // what
        // then grows is native.
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms96m",
                        "-Xmx96m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dmmgen.libtorch=" + System.getProperty("mmgen.libtorch", ""),
                        "-cp",
                        System.getProperty("java.class.path"),
                        SteadyMemoryTest.class.getName(),
                        folder.toString()))
                .redirectErrorStream(true)
                .start();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(process.waitFor()).as("%s", lines).isZero();
        List<long[]> samples = lines.stream()
                .filter(line -> line.startsWith("sample "))
                .map(line -> line.split(" "))
                .map(words -> new long[] {Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3])})
                .toList();
        assertThat(samples).hasSize(IMAGES + 1);
        long[] first = samples.getFirst();
        for (long[] sample : samples) {
            assertThat(sample[0]).as("tensors between runs").isEqualTo(first[0]);
            assertThat(sample[1]).as("tensors in the middle of a run").isEqualTo(first[1]);
            assertThat((double) sample[2] / first[2]).as("resident memory").isCloseTo(1, within(0.02));
        }
        assertThat(lines).contains("left 0");
    }

    /** Draws image after image and prints after each how many tensors there are and were, and the resident pages. */
    public static void main(String[] arguments) throws IOException {
        Torch.setThreads(1);
        try (MmGen mmgen = MmGen.open(Path.of(arguments[0]))) {
            for (int i = 0; i <= WARM_UP_IMAGES + IMAGES; i++) {
                List<Long> during = new ArrayList<>();
                mmgen.generate()
                        .category(i % SmallModelFolder.CLASSES)
                        .seed(i)
                        .steps(STEPS_PER_IMAGE)
                        .guidance(1.8)
                        .onStep(_ -> during.add(Torch.liveTensors()))
                        .run();
                if (i >= WARM_UP_IMAGES) {
                    String pages = Files.readString(Path.of("/proc/self/statm")).split(" ")[1];
                    System.out.println(
                            "sample " + Torch.liveTensors() + " " + during.get(STEPS_PER_IMAGE / 2) + " " + pages);
                }
            }
        }
        System.out.println("left " + Torch.liveTensors());
    }
}
