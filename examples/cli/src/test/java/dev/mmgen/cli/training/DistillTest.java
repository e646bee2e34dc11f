package dev.mmgen.cli.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.CommandRun;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelConfig.Distilled;
import dev.mmgen.io.ModelFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Students of the model in the box, on scenes that {@code shapes render} makes. */
class DistillTest {

    @TempDir
    Path folder;

    private Path data;

    @BeforeEach
    void render() {
        CommandRun.succeed("shapes", "render", "-o", folder.resolve("pictures"), "--count", 12, "--threads", 1);
        data = folder.resolve("pictures");
    }

    @Test
    void guidanceFirstAndThenFourSteps() throws Exception {
        Path guided = folder.resolve("guided");
        Path fast = folder.resolve("fast");
        CommandRun.succeed("distill", "guidance", "--data", data, "-o", guided, "--steps", 1, "--threads", 1);
        ModelConfig student = ModelFolder.open(guided).config();
        assertThat(student.sampling().guidance().scale()).isEqualTo(1);
        assertThat(student.sampling().steps()).isEqualTo(30);
        CommandRun.succeed("distill", "flow-map", guided, "--data", data, "-o", fast, "--steps", 1, "--threads", 1);
        assertThat(ModelFolder.open(fast).config().distilled()).containsExactly(Distilled.GUIDANCE, Distilled.FLOW_MAP);
        assertThat(Files.readString(fast.resolve("README.md")))
                .contains("guidance was distilled into it; it became a flow map");
        CommandRun.succeed("generate", "-m", fast, "--category", "cube", "-o", folder.resolve("drawn"), "--threads", 1);
        assertThat(folder.resolve("drawn")).isNotEmptyDirectory();
    }

    @Test
    void whatCannotBeDistilledIsOneLine() {
        Path fast = folder.resolve("fast");
        CommandRun.succeed("distill", "flow-map", "--data", data, "-o", fast, "--steps", 1, "--threads", 1);
        assertRefused(
                "is a student itself", "distill", "flow-map", fast, "--data", data, "-o", folder.resolve("again"));
        assertRefused(
                "nothing to distil",
                "distill",
                "guidance",
                "--guidance",
                1,
                "--data",
                data,
                "-o",
                folder.resolve("none"));
        assertRefused("fast holds another", "distill", "guidance", "--data", data, "-o", fast, "--steps", 1);
        assertRefused(
                "needs a flow map",
                "generate",
                "--sampler",
                "flow-map",
                "--category",
                "cube",
                "-o",
                folder.resolve("drawn"));
    }

    private static void assertRefused(String reason, Object... arguments) {
        CommandRun run = CommandRun.of(arguments);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errorLines()).singleElement().asString().contains(reason);
    }
}
