package dev.mmgen.cli.console;

/** Something that is done if the process is told to end, by Ctrl-C for instance, before this is closed. */
public final class ExitHook implements AutoCloseable {

    private final Thread thread;

    private ExitHook(Thread thread) {
        this.thread = thread;
    }

    /**
     * Promises it.
     *
     * @param name of the thread on which it is done
     */
    public static ExitHook of(String name, Runnable work) {
        ExitHook hook = new ExitHook(new Thread(work, name));
        Runtime.getRuntime().addShutdownHook(hook.thread);
        return hook;
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(thread);
        } catch (IllegalStateException _) {
            // The process is ending, and it is being done.
        }
    }
}
