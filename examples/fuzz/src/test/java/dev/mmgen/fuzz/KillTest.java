package dev.mmgen.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.Main;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs that {@code kill -9} ends at random moments, over and over until they are done: what they leave is, bit for bit, what a run
 * leaves that nobody kills. {@code -Dmmgen.fuzz.kills} says how many each job must survive.
 */
@Tag("fuzz")
class KillTest {

    private static final int KILLS = 20;

    /** Files that have times in them, or in their names. */
    private static final String LOGS = "events/.*|losses\\.png|\\.lock";

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void aKilledRunEndsWithTheSameBits(KilledJob job) throws Exception {
        String seed = System.getProperty("mmgen.fuzz.seed", "");
        Random random = new Random(seed.isBlank() ? System.nanoTime() : Long.parseLong(seed));
        String wanted = System.getProperty("mmgen.fuzz.kills", "");
        int kills = wanted.isBlank() ? KILLS : Integer.parseInt(wanted);
        KilledJob.writeData(folder);
        Path whole = folder.resolve("whole");
        long started = System.nanoTime();
        assertThat(run(job, whole, Long.MAX_VALUE, random)).as(this::log).isTrue();
        double seconds = (System.nanoTime() - started) / 1e9;
        Map<String, byte[]> expected = contents(whole);
        int killed = 0;
        int runs = 0;
        while (killed < kills) {
            Path out = folder.resolve("killed" + runs++);
            long begun = System.nanoTime();
            int before = killed;
            // Half of the time of a whole run is start, so that most lives come some steps further.
            for (int tries = 0;
                    !run(job, out, (long) (1000 * seconds * (0.3 + 0.5 * random.nextDouble())), random);
                    tries++) {
                killed++;
                assertThat(tries)
                        .as("lives of one run; the machine became slower")
                        .isLessThan(100);
            }
            if (killed == before) {
                // The machine became faster: nobody was killed.
                seconds = (System.nanoTime() - begun) / 1e9;
            }
            assertSame(expected, contents(out));
            System.out.printf(
                    Locale.ROOT, "%s: run %d ended with the same bits, after %d kills in all%n", job, runs, killed);
        }
    }

    /** Returns true if the run ended by itself, which must be without a fault. */
    private boolean run(KilledJob job, Path out, long milliseconds, Random random) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.awt.headless=true",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        job.command(folder, out).forEach(word -> command.add(word.toString()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        if (process.waitFor(milliseconds, TimeUnit.MILLISECONDS)) {
            assertThat(process.exitValue()).as(this::log).isZero();
            return true;
        }
        job.kill(process, random);
        return false;
    }

    private String log() {
        try {
            return Files.readString(folder.resolve("log"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static Map<String, byte[]> contents(Path out) throws IOException {
        Map<String, byte[]> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(out)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = out.relativize(file).toString();
                if (!name.matches(LOGS)) {
                    contents.put(name, name.endsWith(".csv") ? withoutTimes(file) : Files.readAllBytes(file));
                }
            }
        }
        return contents;
    }

    /** The table of a training without the columns that tell how long its parts took. */
    private static byte[] withoutTimes(Path table) throws IOException {
        List<String> lines = Files.readAllLines(table);
        List<String> names = List.of(lines.getFirst().split(",", -1));
        return lines.stream()
                .map(line -> {
                    String[] cells = line.split(",", -1);
                    return names.stream()
                            .filter(name -> !name.endsWith("_seconds"))
                            .map(name -> cells[names.indexOf(name)])
                            .collect(Collectors.joining(","));
                })
                .collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void assertSame(Map<String, byte[]> expected, Map<String, byte[]> found) {
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, bytes) -> assertThat(found.get(name)).as(name).isEqualTo(bytes));
    }
}
