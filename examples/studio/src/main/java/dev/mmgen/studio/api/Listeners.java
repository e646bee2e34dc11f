package dev.mmgen.studio.api;

import dev.mmgen.studio.http.EventStream;
import dev.mmgen.studio.http.Exchange;
import dev.mmgen.studio.http.Problem;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * The clients that listen to events, up to 200 at once. Each hears of what it follows at once, then after changes, until the end;
 * one that comes late or reads slowly hears of the last state, so none has to be kept.
 */
public final class Listeners {

    private static final int MOST = 200;
    private static final Duration BEAT = Duration.ofSeconds(10);

    private final Semaphore room = new Semaphore(MOST);

    /** Something that changes until it ends, as one client hears of it. */
    interface Source {

        /** Tells how it stands, and returns that. */
        Heard tell(EventStream events) throws IOException, InterruptedException;

        /** Waits until it has changed since a version, or for a while. */
        boolean awaitChange(long since, Duration longest) throws InterruptedException;
    }

    /**
     * A state that was told of.
     *
     * @param version grows with every change
     * @param last    whether nothing follows
     */
    record Heard(long version, boolean last) {}

    /**
     * Sends events until the source ends or the client goes.
     *
     * @throws Problem if too many listen already
     */
    void follow(Exchange exchange, Source source) throws IOException, InterruptedException {
        if (!room.tryAcquire()) {
            throw new Problem(Problem.Kind.BUSY, MOST + " clients listen already; ask for the state without events");
        }
        try (EventStream events = exchange.events()) {
            Heard heard = source.tell(events);
            while (!heard.last) {
                if (source.awaitChange(heard.version, BEAT)) {
                    heard = source.tell(events);
                } else {
                    events.beat();
                }
            }
        } finally {
            room.release();
        }
    }
}
