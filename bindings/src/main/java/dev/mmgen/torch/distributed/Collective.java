package dev.mmgen.torch.distributed;

import dev.mmgen.torch.Carrier;
import dev.mmgen.torch.TorchException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An exchange under way in a {@link ProcessGroup}, on threads of Gloo's own or on the stream of a GPU. It is freed when it is awaited, or with the group.
 */
public final class Collective {

    /** The time after which an interrupt is noticed. */
    private static final Duration SLICE = Duration.ofMillis(250);

    private final ProcessGroup group;
    private final String what;
    private final Runnable after;
    private Carrier.@Nullable Exchange exchange;

    /** Set when the group was closed before this was awaited. */
    private boolean left;

    Collective(ProcessGroup group, String what, Carrier.@Nullable Exchange exchange, Runnable after) {
        this.group = group;
        this.what = what;
        this.exchange = exchange;
        this.after = after;
    }

    /**
     * Waits for the end, at most the group's timeout. Waiting twice has no effect.
     *
     * @throws ProcessGroupException if a rank has ended or lets the others wait too long, or this thread is interrupted; its
     *     interrupt stays set
     * @throws IllegalStateException if the group was closed before
     */
    public synchronized void await() {
        if (left) {
            throw new IllegalStateException(what + ": the process group was closed before this was awaited");
        }
        Carrier.Exchange running = exchange;
        if (running == null) {
            return;
        }
        exchange = null;
        group.forget(this);
        try (running) {
            while (!running.await(SLICE)) {
                if (Thread.currentThread().isInterrupted()) {
                    group.abort("interrupted");
                    throw new ProcessGroupException("rank " + group.rank() + " was interrupted in " + what);
                }
            }
        } catch (TorchException e) {
            throw group.broken(what, e);
        }
        after.run();
    }

    /** Leaves the exchange to its end, which nobody waits for. */
    synchronized void leave() {
        Carrier.Exchange running = exchange;
        if (running != null) {
            exchange = null;
            left = true;
            running.close();
        }
    }
}
