package dev.mmgen.cli.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.train.TrainingPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class PlanFileTest {

    @Command
    private static final class Program {
        @Mixin
        private final PlanFile plan = new PlanFile();
    }

    private final Program program = new Program();

    @Test
    void withoutAFileDefaultsStay() {
        TrainingPlan defaults = TrainingPlan.released();
        assertThat(program.plan.over(defaults)).isSameAs(defaults);
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
    void aPipeIsReadOnceForAllDefaults(@TempDir Path folder) throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        Thread writer = Thread.ofVirtual().start(() -> write(pipe));
        new CommandLine(program).parseArgs("--plan", pipe.toString());
        TrainingPlan defaults = TrainingPlan.released();
        assertThat(program.plan.over(defaults).steps()).isEqualTo(7);
        writer.join();
        assertThat(program.plan.over(defaults.withSeed(3)))
                .returns(7L, TrainingPlan::steps)
                .returns(3L, TrainingPlan::seed);
    }

    private static void write(Path pipe) {
        try {
            Files.writeString(pipe, "{\"steps\": 7}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
