package dev.mmgen.torch;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A second Java process on the class path of the tests, which talks to the test in lines. */
public final class ChildJvm {

    private final Process process;
    private final BufferedReader output;

    private ChildJvm(Process process) {
        this.process = process;
        this.output = process.inputReader();
    }

    public static ChildJvm start(List<String> options, Class<?> main, String... arguments) throws IOException {
        return startUnder(List.of(), options, main, arguments);
    }

    /** Starts the JVM by way of another command, such as {@code taskset}. */
    public static ChildJvm startUnder(List<String> launcher, List<String> options, Class<?> main, String... arguments)
            throws IOException {
        var command = new ArrayList<>(launcher);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(options);
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return new ChildJvm(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** The next line that the child prints; null at its end. */
    public String readLine() throws IOException {
        return output.readLine();
    }

    public List<String> readLines() {
        return output.lines().toList();
    }

    void writeLine(String line) {
        try {
            var writer = process.outputWriter();
            writer.write(line);
            writer.newLine();
            writer.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int exitCode() throws InterruptedException {
        return exitCode(60);
    }

    /** The exit code of the child, which is killed unless it ends in time. */
    public int exitCode(int seconds) throws InterruptedException {
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return process.waitFor();
    }

    /** Asks the child to end, as Ctrl-C and service managers do. What it prints meanwhile can still be read. */
    void terminate() {
        process.toHandle().destroy();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }
}
