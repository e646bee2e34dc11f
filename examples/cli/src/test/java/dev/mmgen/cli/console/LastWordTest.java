package dev.mmgen.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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

    @Test
    void whoeverEndsTheProcessIsToldHowFarItWas() throws IOException {
        assertThat(ChildProgram.output(Program.class)).contains("mmgen: 3 of 4 are done");
    }

    @Test
    void whatIsDoneSaysNothing() throws IOException {
        assertThat(ChildProgram.output(Program.class, "done")).isEmpty();
    }
}
