package dev.mmgen.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mmgen.cli.launch.Launcher;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher on a Java that claims to be older than 22, so that it starts another. */
class LauncherTest {

    @TempDir
    private Path folder;

    private List<String> launch(List<String> options, String... arguments) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("-Djava.specification.version=17"));
        words.addAll(options);
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), Launcher.class.getName()));
        words.addAll(List.of(arguments));
        return run(words, Map.of());
    }

    private List<String> run(List<String> words, Map<String, String> variables)
            throws IOException, InterruptedException {
        Path java = Path.of(System.getProperty("java.home"));
        Path log = folder.resolve("log");
        ProcessBuilder builder = new ProcessBuilder(java.resolve("bin/java").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.command().addAll(words);
        builder.environment().put("JAVA_HOME", java.toString());
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().putAll(variables);
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
    void jvmOptionsInVariablesReachTheOtherJavaOfAJar() throws IOException, InterruptedException {
        Path jar = folder.resolve("mmgen.jar");
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(Attributes.Name.MAIN_CLASS, Launcher.class.getName());
        attributes.put(
                Attributes.Name.CLASS_PATH,
                Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                        .map(entry -> Path.of(entry).toUri().toString())
                        .collect(Collectors.joining(" ")));
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        List<String> lines = run(
                List.of("-jar", jar.toString(), "doctor"),
                Map.of(
                        "JAVA_TOOL_OPTIONS",
                        "-Djava.specification.version=17 -Xmx96m",
                        "JDK_JAVA_OPTIONS",
                        "-XX:+UseSerialGC -Dmmgen.libtorch=" + folder.resolve("no-libtorch")));
        assertThat(lines).contains("heap       up to 92 MB", "exit code 1");
    }

    @Test
    void argumentsAndExitCodeAreThoseOfTheCommand() throws IOException, InterruptedException {
        assertThat(launch(List.of(), "prepare", "latents", "--nonsense")).last().isEqualTo("exit code 2");
    }
}
