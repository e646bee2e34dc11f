package dev.mmgen.torch.distributed;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The last things that a rank asks and tells the others in their store: who is at fault, that it ends, that it leaves. The store may
 * never answer, so nothing here waits for longer than 25 seconds.
 */
record LastWords(GroupConfig config, Rendezvous rendezvous) {

    /** The most time that the others may take to notice a failure in turn and say why. */
    private static final Duration LONGEST_PATIENCE = Duration.ofSeconds(5);

    /** The time that a rank which has failed gives the others to learn why. */
    private static final Duration LONGEST_FAREWELL = Duration.ofSeconds(20);

    /** Returns who is at fault, once an exchange has failed. */
    String faults() {
        String found = ask(() -> rendezvous.faults(patience()));
        if (found != null) {
            return found;
        }
        return Thread.currentThread().isInterrupted() ? "interrupted" : "rank 0 does not answer";
    }

    /** Returns the ranks that are lost while an exchange is under way; empty where there are none, null where nobody answers. */
    @Nullable
    String lost() {
        return ask(rendezvous::lost);
    }

    /** Tells the others that this rank ends. Without an answer they see the connections close. */
    void tellEnd(String reason) {
        ask(() -> {
            rendezvous.tellEnd(reason);
            return "";
        });
    }

    /**
     * Leaves the group. Without an answer rank 0 has gone first, or somebody is in a hurry.
     *
     * @param failed true where the others need time to learn why
     */
    void leave(boolean failed) {
        Duration farewell = failed ? atMost(LONGEST_FAREWELL) : patience();
        ask(farewell.plus(LONGEST_PATIENCE), () -> {
            rendezvous.leave(farewell);
            return "";
        });
    }

    /** Asks the store; null where the answer is late or a fault, or this thread is interrupted, which it stays. */
    private static @Nullable String ask(Supplier<String> question) {
        return ask(LONGEST_PATIENCE.multipliedBy(2), question);
    }

    private static @Nullable String ask(Duration limit, Supplier<String> question) {
        try {
            return MeetingPlace.ask(question).get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return null;
        } catch (ExecutionException | TimeoutException _) {
            return null;
        }
    }

    private Duration patience() {
        return atMost(LONGEST_PATIENCE);
    }

    private Duration atMost(Duration longest) {
        Duration half = config.timeout().dividedBy(2);
        return half.compareTo(longest) < 0 ? half : longest;
    }
}
