package dev.mmgen.studio.http;

import java.util.concurrent.Semaphore;

/**
 * The memory for the bodies of all requests that are being read or decoded, in KiB. Many clients at once wait in vain rather than
 * fill the heap: a request whose body does not fit beside the others is told to come again.
 */
public final class UploadRoom {

    private static final int KIB = 1024;

    private final long bodyBytes;
    private final Semaphore room;

    /**
     * @param bodyBytes of one request; four of them fit
     */
    public UploadRoom(long bodyBytes) {
        this.bodyBytes = bodyBytes;
        this.room = new Semaphore(Math.toIntExact(4 * (bodyBytes / KIB + 1)));
    }

    /** A part of the room, given back when it is closed. */
    final class Place implements AutoCloseable {

        private final int kib;

        private Place(int kib) {
            this.kib = kib;
        }

        @Override
        public void close() {
            room.release(kib);
        }
    }

    /**
     * Takes the place of a body.
     *
     * @throws Problem if it is too large, or there is no room now
     */
    Place take(long bytes) {
        if (bytes > bodyBytes) {
            throw new Problem(
                    Problem.Kind.TOO_LARGE,
                    "the body has " + bytes + " bytes, more than the " + bodyBytes + " that this server takes; scale"
                            + " pictures down or send JPEG");
        }
        int kib = Math.toIntExact(bytes / KIB + 1);
        if (!room.tryAcquire(kib)) {
            throw new Problem(Problem.Kind.BUSY, "others are uploading now; try again in a few seconds");
        }
        return new Place(kib);
    }
}
