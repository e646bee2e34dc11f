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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A process that draws for a long time needs no more memory than one that draws for a short time. */
@Tag("long")
@EnabledOnOs(OS.LINUX)
class SteadyMemoryTest {

    private static final int STEPS_PER_IMAGE = 50;
    private static final int WARM_UP_IMAGES = 40;
    private static final int IMAGES = 40;

    private static final int REQUESTS = 200;
    private static final int WARM_UP_ROUNDS = 4;
    private static final int ROUNDS = 8;

    @TempDir
    private Path folder;

    @Test
    void twoThousandStepsLeaveMemoryAsItWas() throws IOException, InterruptedException {
        List<String> lines = run(Serial.class);
        assertSteady(lines, IMAGES + 1);
        assertThat(values(lines, "middle "))
                .as("tensors in the middle of a run")
                .containsOnly(values(lines, "middle ").getFirst());
    }

    @Test
    void roundsOfTwoHundredVirtualThreadsLeaveMemoryAsItWas() throws IOException, InterruptedException {
        assertSteady(run(Virtual.class), ROUNDS + 1);
    }

    private static void assertSteady(List<String> lines, int samples) {
        List<Long> tensors = values(lines, "tensors ");
        List<Long> pages = values(lines, "pages ");
        assertThat(tensors).as("tensors between runs").hasSize(samples).containsOnly(tensors.getFirst());
        assertThat(pages)
                .as("resident pages")
                .hasSize(samples)
                .allSatisfy(now -> assertThat((double) now / pages.getFirst()).isCloseTo(1, within(0.02)));
        assertThat(lines).contains("left 0");
    }

    private static List<Long> values(List<String> lines, String label) {
        return lines.stream()
                .filter(line -> line.startsWith(label))
                .map(line -> Long.valueOf(line.substring(label.length())))
                .toList();
    }

    /**
     * Runs a program in a process of its own, whose Java heap is resident from the start and whose code is soon compiled for good:
     * what then grows is native.
     */
    private List<String> run(Class<?> program) throws IOException, InterruptedException {
        SmallModelFolder.write(folder);
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
                        program.getName(),
                        folder.toString()))
                .redirectErrorStream(true)
                .start();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(process.waitFor()).as("%s", lines).isZero();
        return lines;
    }

    private static void printSample() throws IOException {
        System.out.println("tensors " + Torch.liveTensors());
        System.out.println(
                "pages " + Files.readString(Path.of("/proc/self/statm")).split(" ")[1]);
    }

    /** A child process: draws image after image and prints after each how many tensors there are and were. */
    static final class Serial {

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
                        System.out.println("middle " + during.get(STEPS_PER_IMAGE / 2));
                        printSample();
                    }
                }
            }
            System.out.println("left " + Torch.liveTensors());
        }
    }

    /** A child process: draws rounds of images, each on a virtual thread of its own. */
    static final class Virtual {

        public static void main(String[] arguments) throws Exception {
            Torch.setThreads(1);
            try (MmGen mmgen = MmGen.open(Path.of(arguments[0]))) {
                for (int round = 0; round <= WARM_UP_ROUNDS + ROUNDS; round++) {
                    drawAtOnce(mmgen);
                    System.gc();
                    if (round >= WARM_UP_ROUNDS) {
                        printSample();
                    }
                }
            }
            System.out.println("left " + Torch.liveTensors());
        }

        private static void drawAtOnce(MmGen mmgen) throws InterruptedException, ExecutionException {
            List<Future<MultiModalImage>> drawn = new ArrayList<>();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < REQUESTS; i++) {
                    ImageRequestBuilder request = mmgen.generate()
                            .category(i % SmallModelFolder.CLASSES)
                            .seed(i)
                            .steps(4);
                    drawn.add(threads.submit(request::run));
                }
            }
            for (Future<MultiModalImage> image : drawn) {
                image.get();
            }
        }
    }
}
