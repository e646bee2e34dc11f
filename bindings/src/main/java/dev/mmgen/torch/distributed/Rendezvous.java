package dev.mmgen.torch.distributed;

import dev.mmgen.torch.Gloo;
import dev.mmgen.torch.Libtorch;
import dev.mmgen.torch.TorchException;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The meeting of a group's processes in a store: who is there before the group begins, who has ended and why when it breaks.
 *
 * <p>Rank 0 gives each meeting a name of its own, under which all keys lie, so that what an earlier group has left in a store that
 * lives on, or is about to close, is never taken for this one.
 */
final class Rendezvous implements AutoCloseable {

    /** The time that rank 0 gives the others to read why the group does not begin. */
    private static final Duration LONGEST_FAREWELL = Duration.ofSeconds(5);

    private final GroupConfig config;
    private final Gloo.Store store;
    private final String meeting;
    private final List<Presence> present;

    /** The facts that a rank tells of itself. */
    record Presence(int rank, String host, long pid, String software, String job, int size) {

        static Presence own(GroupConfig config) {
            return new Presence(
                    config.rank(), hostName(), ProcessHandle.current().pid(), releases(), config.job(), config.size());
        }

        /** Reads the facts; an earlier release, whose own are compared later, tells no world size. */
        static Presence parse(int rank, String text, int usualSize) {
            String[] fields = text.split("\t", -1);
            int size = fields.length > 4 ? Integer.parseInt(fields[4]) : usualSize;
            return new Presence(rank, fields[0], Long.parseLong(fields[1]), fields[2], fields[3], size);
        }

        String text() {
            return String.join("\t", host, Long.toString(pid), software, job, Integer.toString(size));
        }

        private static String releases() {
            ModuleDescriptor module = Rendezvous.class.getModule().getDescriptor();
            String jar = Rendezvous.class.getPackage().getImplementationVersion();
            String own = module == null ? jar : module.rawVersion().orElse(jar);
            return "MMGen " + (own == null ? "without a version" : own) + " on libtorch "
                    + Libtorch.describe().version();
        }

        /** True where the process has ended for certain: it is of this machine, and no longer there. */
        boolean isGone() {
            return host.equals(hostName()) && ProcessHandle.of(pid).isEmpty();
        }

        private static String hostName() {
            try {
                return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            } catch (IOException _) {
                return System.getenv().getOrDefault("HOSTNAME", "unknown");
            }
        }

        @Override
        public String toString() {
            return "rank " + rank + " (" + host + ", process " + pid + ")";
        }
    }

    private Rendezvous(GroupConfig config, Gloo.Store store, String meeting, List<Presence> present) {
        this.config = config;
        this.store = store;
        this.meeting = meeting;
        this.present = present;
    }

    /** Meets the other processes. */
    static Rendezvous meet(GroupConfig config) {
        long deadline = System.nanoTime() + config.timeout().toNanos();
        MeetingPlace place = new MeetingPlace(config, deadline);
        while (true) {
            Gloo.Store store = place.open();
            boolean met = false;
            try {
                String meeting = meeting(config, store, deadline);
                if (meeting != null) {
                    List<Presence> present = awaitAll(config, store, meeting, deadline);
                    Rendezvous rendezvous = new Rendezvous(config, store, meeting, present);
                    rendezvous.requireSameReleases();
                    met = true;
                    return rendezvous;
                }
            } catch (TorchException e) {
                // The server of an earlier group at this address, which has closed in the middle.
                place.requireTime(e);
            } finally {
                if (!met) {
                    store.close();
                }
            }
            MeetingPlace.pause();
        }
    }

    /** Returns the name under which this group meets; null where the store is still that of an earlier group. */
    private static @Nullable String meeting(GroupConfig config, Gloo.Store store, long deadline) {
        String address = "mmgen/" + config.job();
        String meeting = UUID.randomUUID().toString();
        if (config.rank() == 0) {
            store.set(address, meeting);
        } else {
            meeting = await(() -> store.get(address), deadline);
            if (meeting == null) {
                throw new ProcessGroupException(config.self() + " found no group of job '" + config.job() + "' at "
                        + config.place() + " within " + config.seconds()
                        + ": rank 0 is missing, or another job uses this address; give each job a port of its own");
            }
        }
        if (store.add(meeting + "/count/" + config.rank(), 1) == 1) {
            return meeting;
        }
        if (store.get(meeting + "/closed/" + config.rank()) != null) {
            return null;
        }
        throw new ProcessGroupException("another process is " + config.self() + " at " + config.place()
                + " already: two jobs at one address, or a file that an earlier job has left. Give each job a port or a"
                + " file of its own");
    }

    private static List<Presence> awaitAll(GroupConfig config, Gloo.Store store, String meeting, long deadline) {
        store.set(meeting + "/here/" + config.rank(), Presence.own(config).text());
        List<Presence> present = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (int rank = 0; rank < config.size(); rank++) {
            String key = meeting + "/here/" + rank;
            String text = await(() -> store.get(key), deadline);
            if (text == null) {
                missing.add("rank " + rank);
            } else {
                Presence other = Presence.parse(rank, text, config.size());
                present.add(other);
                if (other.size != config.size()) {
                    new Rendezvous(config, store, meeting, present).leave(LONGEST_FAREWELL);
                    throw new ProcessGroupException(config.self() + " met " + other + ", which is one of " + other.size
                            + "; start all ranks with the same world size (WORLD_SIZE)");
                }
            }
        }
        if (!missing.isEmpty()) {
            throw new ProcessGroupException(config.self() + " waited " + config.seconds() + " at " + config.place()
                    + " for " + String.join(", ", missing) + "; there are "
                    + String.join(", ", present.stream().map(Presence::toString).toList())
                    + ". Start all ranks within the timeout (MMGEN_GROUP_TIMEOUT)");
        }
        return List.copyOf(present);
    }

    private void requireSameReleases() {
        for (Presence other : present) {
            if (!other.software.equals(present.getFirst().software)) {
                leave(LONGEST_FAREWELL);
                throw new ProcessGroupException(other + " runs " + other.software + ", " + present.getFirst() + " runs "
                        + present.getFirst().software + "; use the same releases in all processes");
            }
        }
    }

    /** Connects each rank to each. */
    Gloo.Connections connect() {
        return new Gloo.Connections(store, meeting, config.rank(), config.size(), config.timeout());
    }

    /** Returns the rank with its machine and process, for messages. */
    String nameOf(int rank) {
        return present.get(rank).toString();
    }

    /** Tells the others that this rank has ended, before they see connections close. */
    void tellEnd(String reason) {
        store.set(meeting + "/ended/" + config.rank(), reason);
    }

    /**
     * Asks who is at fault, once an exchange has failed.
     *
     * @param patience how long others may take to fail in turn
     * @return the ranks that gave a reason of their own, and those that gave no sign
     */
    String faults(Duration patience) {
        List<String> reasons = new ArrayList<>();
        List<String> silent = new ArrayList<>();
        try {
            store.set(meeting + "/failed/" + config.rank(), "");
            long deadline = System.nanoTime() + patience.toNanos();
            for (Presence other : present) {
                if (other.rank == config.rank()) {
                    continue;
                }
                String sign = await(() -> signOf(other), deadline);
                if (sign == null || sign.equals(GONE)) {
                    silent.add(other + (sign == null ? " gives no sign" : " is gone"));
                } else if (!sign.isEmpty()) {
                    reasons.add(other + " ended: " + sign);
                }
            }
        } catch (TorchException _) {
            return present.getFirst() + ", which keeps the addresses of the group, is gone";
        }
        reasons.addAll(silent);
        return reasons.isEmpty()
                ? "all ranks are there, but what connects them has broken"
                : String.join("; ", reasons);
    }

    /**
     * Asks whether an exchange waits in vain, while it is under way.
     *
     * @return the ranks that have ended, failed or gone without a word; empty where there are none. One that has closed the group may
     *     have done its part before
     */
    String lost() {
        List<String> lost = new ArrayList<>();
        for (Presence other : present) {
            String sign = other.rank == config.rank() ? null : signOf(other);
            if (sign != null && !sign.equals(CLOSED)) {
                lost.add(other + (sign.equals(GONE) ? " is gone" : sign.isEmpty() ? " has failed" : " ended: " + sign));
            }
        }
        return String.join("; ", lost);
    }

    private static final String GONE = "\t";

    private static final String CLOSED = "it closed the group while others still used it";

    private @Nullable String signOf(Presence other) {
        for (String kind : new String[] {"/ended/", "/failed/"}) {
            String text = store.get(meeting + kind + other.rank);
            if (text != null) {
                return text;
            }
        }
        if (store.get(meeting + "/closed/" + other.rank) != null) {
            return CLOSED;
        }
        return other.isGone() ? GONE : null;
    }

    /**
     * Leaves. Rank 0, which keeps the store, waits for the others to leave first, so that they can still read why.
     *
     * @param patience how long at most
     */
    void leave(Duration patience) {
        store.set(meeting + "/closed/" + config.rank(), "");
        if (config.rank() == 0) {
            long deadline = System.nanoTime() + patience.toNanos();
            for (Presence other : present) {
                await(() -> other.isGone() ? "" : store.get(meeting + "/closed/" + other.rank), deadline);
            }
        }
    }

    private static @Nullable String await(Supplier<@Nullable String> question, long deadline) {
        while (true) {
            String answer = question.get();
            if (answer != null || System.nanoTime() > deadline) {
                return answer;
            }
            MeetingPlace.pause();
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
