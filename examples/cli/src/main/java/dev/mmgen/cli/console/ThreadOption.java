package dev.mmgen.cli.console;

import dev.mmgen.torch.Torch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How many threads compute. */
public final class ThreadOption {

    @Option(names = "--threads", paramLabel = "N", description = "Threads of one operator. Default: one per core.")
    private @Nullable Integer threads;

    /** Makes it so, before anything is computed. */
    public void apply() {
        if (threads != null) {
            Torch.setThreads(threads);
        }
    }
}
