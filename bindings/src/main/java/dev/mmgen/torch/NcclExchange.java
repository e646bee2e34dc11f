package dev.mmgen.torch;

import java.time.Duration;
import java.util.List;

/** An exchange on a stream: the event behind it, and the tensors whose memory it reads and writes until then. */
final class NcclExchange implements Carrier.Exchange {

    private final NcclCommunicator by;
    private final String what;
    private final Handle event;
    private final List<Handle> kept;
    private final NcclCommunicator.Waiting waiting;

    /** Set once the event is freed, which another thread than the one that waits may do. */
    private boolean freed;

    NcclExchange(NcclCommunicator by, String what, Handle event, List<Handle> kept, NcclCommunicator.Waiting waiting) {
        this.by = by;
        this.what = what;
        this.event = event;
        this.kept = kept;
        this.waiting = waiting;
    }

    @Override
    public boolean await(Duration slice) {
        long end = System.nanoTime() + slice.toNanos();
        while (true) {
            // First: an exchange that was given up is past its event, too.
            by.requireSound(what);
            if (isPast()) {
                return true;
            }
            if (System.nanoTime() - end > 0 || Thread.currentThread().isInterrupted()) {
                return false;
            }
            waiting.pause(what);
        }
    }

    private synchronized boolean isPast() {
        return freed || CudaDevice.isPast(event);
    }

    /** Frees the event and the tensors if the exchange is over; until then they belong to the communicator. */
    @Override
    public synchronized void close() {
        if (!freed && isOver()) {
            freed = true;
            event.close();
            kept.forEach(Handle::close);
            by.forget(this);
        }
    }

    /** Also where the device has failed: nothing writes to its memory any more. */
    private boolean isOver() {
        try {
            return CudaDevice.isPast(event);
        } catch (TorchException _) {
            return true;
        }
    }
}
