package dev.mmgen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.testkit.TinyData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Trainings in two processes that are told to end, or that should never have begun. */
@Timeout(240)
class LaunchedTrainingTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void write() throws Exception {
        TinyData.write(folder, "rgb", "depth");
    }

    private Object[] training(String index, long steps) {
        return LaunchTest.with(LaunchTest.training(folder, index, "run", steps), "--checkpoint-every", 1_000_000);
    }

    private Process start(String log, Map<String, String> variables, Object... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        Stream.of(words).map(Object::toString).forEach(command::add);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(log).toFile());
        builder.environment().putAll(variables);
        return builder.start();
    }

    private Process launch() throws IOException, InterruptedException {
        Process launcher = start("log", Map.of(), LaunchTest.byTwo(training("train.jsonl", 100_000)));
        while (launcher.isAlive() && steps() < 3) {
            Thread.sleep(50);
        }
        assertThat(launcher.isAlive())
                .as(Files.readString(folder.resolve("log")))
                .isTrue();
        return launcher;
    }

    private long steps() throws IOException {
        Path metrics = folder.resolve("run/metrics.csv");
        return Files.exists(metrics) ? Files.readAllLines(metrics).size() - 1 : 0;
    }

    /** Both have ended after the same step, and one process goes on from there. */
    private void assertEndedInOrder(Process launcher, List<ProcessHandle> ranks) throws Exception {
        assertThat(launcher.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(ranks).hasSize(2).noneMatch(ProcessHandle::isAlive);
        long made = steps();
        try (Stream<Path> files = Files.walk(folder.resolve("run"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .as(Files.readString(folder.resolve("log")))
                    .contains(String.format(Locale.ROOT, "%07d.pt", made));
        }
        CommandRun.succeed(training("train.jsonl", made + 1));
        assertThat(steps()).isEqualTo(made + 1);
    }

    @Test
    void toldToEndBothMakeTheSameLastStep() throws Exception {
        Process launcher = launch();
        List<ProcessHandle> ranks = launcher.children().toList();
        launcher.destroy();
        assertEndedInOrder(launcher, ranks);
    }

    @Test
    void oneOfThemToldToEndEndsBothAfterTheSameStep() throws Exception {
        Process launcher = launch();
        List<ProcessHandle> ranks = launcher.children().toList();
        ranks.stream()
                .max(Comparator.comparing(rank -> rank.info().startInstant().orElseThrow()))
                .orElseThrow()
                .destroy();
        assertEndedInOrder(launcher, ranks);
    }

    @Test
    void dataThatDifferEndBothWithTheReason() throws Exception {
        List<String> lines = Files.readAllLines(folder.resolve("train.jsonl"));
        Files.write(folder.resolve("other.jsonl"), lines.reversed());
        String port = Integer.toString(LauncherTest.freePort());
        List<Process> ranks = new ArrayList<>();
        for (String index : List.of("train.jsonl", "other.jsonl")) {
            String rank = Integer.toString(ranks.size());
            Map<String, String> variables =
                    Map.of("RANK", rank, "WORLD_SIZE", "2", "MASTER_ADDR", "127.0.0.1", "MASTER_PORT", port);
            ranks.add(start("log" + rank, variables, training(index, 3)));
        }
        for (int rank = 0; rank < 2; rank++) {
            assertThat(ranks.get(rank).waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(ranks.get(rank).exitValue()).isEqualTo(1);
            assertThat(Files.readString(folder.resolve("log" + rank)))
                    .contains("the training data differs", "Give all processes the same index and files");
        }
    }
}
