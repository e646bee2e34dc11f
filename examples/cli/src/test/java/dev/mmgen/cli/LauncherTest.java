package dev.mmgen.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mmgen.cli.launch.Launcher;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher on a Java that is older than 22, so that it starts another: the one that Maven runs on, if that is so old. */
class LauncherTest {

    @TempDir
    private Path folder;

    private List<String> launch(List<String> options, String... arguments) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(options);
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), Launcher.class.getName()));
        words.addAll(List.of(arguments));
        return run(words, Map.of());
    }

    private List<String> run(List<String> words, Map<String, String> variables)
            throws IOException, InterruptedException {
        Path old = Path.of(System.getProperty("mmgen.maven.java", System.getProperty("java.home")));
        assumeTrue(version(old) < 22, old + " starts no other Java");
        Path log = folder.resolve("log");
        ProcessBuilder builder = new ProcessBuilder(old.resolve("bin/java").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.command().addAll(words);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().putAll(variables);
        int code = builder.start().waitFor();
        List<String> lines = new ArrayList<>(
                Files.readString(log, StandardCharsets.UTF_8).lines().toList());
        lines.add("exit code " + code);
        return lines;
    }

    private static int version(Path home) throws IOException {
        Properties release = new Properties();
        try (InputStream in = Files.newInputStream(home.resolve("release"))) {
            release.load(in);
        }
        return Runtime.Version.parse(release.getProperty("JAVA_VERSION").replace("\"", ""))
                .feature();
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
                        "-Xmx96m",
                        "JDK_JAVA_OPTIONS",
                        "-XX:+UseSerialGC -Dmmgen.libtorch=" + folder.resolve("no-libtorch")));
        assertThat(lines).contains("heap       up to 92 MB", "exit code 1");
    }

    @Test
    void theOtherJavaLeavesThePortOfADebuggerToThisOne() throws IOException, InterruptedException {
        String debugger = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=" + freePort();
        List<String> lines = run(
                List.of("-cp", System.getProperty("java.class.path"), Launcher.class.getName(), "doctor", "--help"),
                Map.of("JAVA_TOOL_OPTIONS", debugger + " -Dmmgen.trace=false"));
        assertThat(lines).last().isEqualTo("exit code 0");
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Test
    void lettersThatTheLocaleHasLostAreNamed() throws IOException, InterruptedException {
        assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")), "else the letter is lost on its way");
        List<String> lines = launch(List.of(), "generate", "--out", "p\uFFFD");
        assertThat(lines).last().isEqualTo("exit code 2");
        assertThat(lines.getFirst()).contains("has letters that the charset of this locale does not have", "LC_ALL=");
    }

    @Test
    void aJarWithoutItsLibrariesSaysSo() throws IOException, InterruptedException {
        Path jar = folder.resolve("alone.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Launcher.class.getName());
        try (JarOutputStream entries = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (String name : List.of("Launcher", "Launcher$Ending", "Launcher$WithoutDebugger")) {
                String entry = "dev/mmgen/cli/launch/" + name + ".class";
                entries.putNextEntry(new ZipEntry(entry));
                try (InputStream in = Objects.requireNonNull(ClassLoader.getSystemResourceAsStream(entry))) {
                    in.transferTo(entries);
                }
            }
        }
        List<String> lines = run(List.of("-jar", jar.toString(), "doctor"), Map.of());
        assertThat(lines).hasSize(2).last().isEqualTo("exit code 2");
        assertThat(lines.getFirst()).startsWith("mmgen: there is no folder " + folder.resolve("lib"));
    }

    @Test
    void argumentsAndExitCodeAreThoseOfTheCommand() throws IOException, InterruptedException {
        assertThat(launch(List.of(), "prepare", "latents", "--nonsense")).last().isEqualTo("exit code 2");
    }
}
