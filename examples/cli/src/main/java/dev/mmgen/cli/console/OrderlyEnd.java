package dev.mmgen.cli.console;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The end of a training whose process is told to end, by Ctrl-C for instance: the step that is being made is finished and what was
 * learnt is written, within a minute, before the process is gone. A second Ctrl-C changes nothing; {@code kill -9} loses what
 * came after the last checkpoint.
 */
public final class OrderlyEnd implements AutoCloseable {

    private static final long MOST_SECONDS = 60;

    private final CountDownLatch ended = new CountDownLatch(1);
    private final ExitHook hook;

    private OrderlyEnd(Runnable stop) {
        hook = ExitHook.of("orderly-end", () -> end(stop));
    }

    /**
     * Promises that end.
     *
     * @param stop asks the training to end after the step that is being made
     */
    public static OrderlyEnd of(Runnable stop) {
        return new OrderlyEnd(stop);
    }

    private void end(Runnable stop) {
        System.err.println(
                "\nmmgen: ending after this step, and writing what was learnt; the same command goes on from there");
        stop.run();
        try {
            if (!ended.await(MOST_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("mmgen: this takes more than " + MOST_SECONDS
                        + " seconds; what came after the last checkpoint is lost");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        ended.countDown();
        hook.close();
    }
}
