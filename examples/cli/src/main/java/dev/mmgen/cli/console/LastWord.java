package dev.mmgen.cli.console;

import java.util.function.Supplier;

/** A line on the error stream for whoever ends the process, by Ctrl-C for instance, before this is closed. */
public final class LastWord implements AutoCloseable {

    private final ExitHook hook;

    private LastWord(ExitHook hook) {
        this.hook = hook;
    }

    /** Promises a line, which is asked for when the process ends. */
    public static LastWord of(Verbosity verbosity, Supplier<String> line) {
        return new LastWord(ExitHook.of("last-word", () -> verbosity.note("\nmmgen: " + line.get())));
    }

    @Override
    public void close() {
        hook.close();
    }
}
