package dev.mmgen.cli.console;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A program of the tests' class path in a Java of its own, for what happens as a process ends. */
final class ChildProgram {

    private ChildProgram() {}

    /** Returns all that it writes, errors among it. */
    static String output(Class<?> program, String... arguments) throws IOException {
        ProcessBuilder java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        program.getName())
                .redirectErrorStream(true);
        java.command().addAll(List.of(arguments));
        java.environment().remove("JAVA_TOOL_OPTIONS");
        return new String(java.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
