package dev.mmgen.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class OrderlyEndTest {

    /** A training that is told to end while it makes a step, or, with an argument, that is done before. */
    static final class Program {
        public static void main(String[] arguments) throws InterruptedException {
            CountDownLatch stopped = new CountDownLatch(1);
            try (OrderlyEnd _ = OrderlyEnd.of(stopped::countDown)) {
                if (arguments.length == 0) {
                    new Thread(() -> System.exit(0)).start();
                    stopped.await();
                    System.out.println("the step is written");
                }
            }
        }
    }

    @Test
    void theProcessWaitsUntilTheStepIsWritten() throws IOException {
        assertThat(ChildProgram.output(Program.class))
                .contains("mmgen: ending after this step", "the same command goes on", "the step is written");
    }

    @Test
    void whatIsDoneSaysNothing() throws IOException {
        assertThat(ChildProgram.output(Program.class, "done")).isEmpty();
    }
}
