package dev.mmgen.cli.console;

import java.util.function.Supplier;

/** A line on the error stream for whoever ends the process, by Ctrl-C for instance, before this is closed. */
public final class LastWord implements AutoCloseable {

    private final Thread hook;

    private LastWord(Thread hook) {
        this.hook = hook;
    }

    /** Promises a line, which is asked for when the process ends. */
    public static LastWord of(Verbosity verbosity, Supplier<String> line) {
        LastWord word = new LastWord(new Thread(() -> verbosity.note("\nmmgen: " + line.get()), "last-word"));
        Runtime.getRuntime().addShutdownHook(word.hook);
        return word;
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // The process is ending, and the line is being printed.
        }
    }
}
