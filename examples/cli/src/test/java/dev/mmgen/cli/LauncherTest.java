package dev.mmgen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.launch.Launcher;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher on a Java that claims to be older than 22, so that it starts another. */
class LauncherTest {

    @TempDir
    private Path folder;

    private List<String> launch(List<String> options, String... arguments) throws IOException, InterruptedException {
        Path java = Path.of(System.getProperty("java.home"));
        List<String> words =
                new ArrayList<>(List.of(java.resolve("bin/java").toString(), "-Djava.specification.version=17"));
        words.addAll(options);
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), Launcher.class.getName()));
        words.addAll(List.of(arguments));
        Path log = folder.resolve("log");
        ProcessBuilder builder =
                new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("JAVA_HOME", java.toString());
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        int code = builder.start().waitFor();
        List<String> lines = new ArrayList<>(
                Files.readString(log, StandardCharsets.UTF_8).lines().toList());
        lines.add("exit code " + code);
        return lines;
    }

    @Test
    void jvmOptionsReachTheOtherJava() throws IOException, InterruptedException {
        Path absent = folder.resolve("no-libtorch");
        List<String> lines = launch(List.of("-Xmx96m", "-XX:+UseSerialGC", "-Dmmgen.libtorch=" + absent), "doctor");
        assertThat(lines).contains("heap       up to 92 MB", "exit code 1");
        assertThat(String.join("\n", lines)).contains(absent.toString());
    }

    @Test
    void argumentsAndExitCodeAreThoseOfTheCommand() throws IOException, InterruptedException {
        assertThat(launch(List.of(), "prepare", "latents", "--nonsense")).last().isEqualTo("exit code 2");
    }
}
