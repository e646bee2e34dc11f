package dev.mmgen.cli.console;

import dev.mmgen.torch.Torch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The option of the number of threads. */
@Command(optionListHeading = "%nMachine:%n")
public final class ThreadOption {

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads of each operator. Default: one per core that the JVM may use.")
    private @Nullable Integer threads;

    /** Sets the number of threads, which must happen before anything is computed. */
    public void apply() {
        if (threads != null) {
            Torch.setThreads(threads);
        }
    }
}
