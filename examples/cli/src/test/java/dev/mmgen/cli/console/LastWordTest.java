package dev.mmgen.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class LastWordTest {

    /** A program that ends within the work, or, with an argument, after it. */
    static final class Program {
        public static void main(String[] arguments) {
            try (LastWord _ = LastWord.of(new Verbosity(), () -> "3 of 4 are done")) {
                if (arguments.length == 0) {
                    System.exit(0);
                }
            }
        }
    }

    private static String output(String... arguments) throws IOException {
        ProcessBuilder program = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName())
                .redirectErrorStream(true);
        program.command().addAll(List.of(arguments));
        program.environment().remove("JAVA_TOOL_OPTIONS");
        return new String(program.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void whoeverEndsTheProcessIsToldHowFarItWas() throws IOException {
        assertThat(output()).contains("mmgen: 3 of 4 are done");
    }

    @Test
    void whatIsDoneSaysNothing() throws IOException {
        assertThat(output("done")).isEmpty();
    }
}
