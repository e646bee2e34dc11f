package dev.mmgen.cli.console;

import dev.mmgen.torch.distributed.GroupConfig;
import dev.mmgen.torch.distributed.ProcessGroup;
import dev.mmgen.torch.distributed.ProcessGroupException;
import org.jspecify.annotations.Nullable;

/** The processes that a launcher has started for one command, see {@link ProcessGroup#open()}. */
public final class Processes {

    private Processes() {}

    /** The work of a command in one of its processes. */
    @FunctionalInterface
    public interface Work {
        /** Does the work of this process; {@code group} is null where there is no other. */
        void run(@Nullable ProcessGroup group);
    }

    /**
     * Checks that no launcher has started several processes for a command that does not share its work: each would do all of it, into
     * the same files.
     */
    public static void requireOne() {
        GroupConfig.fromEnvironment().filter(group -> group.size() > 1).ifPresent(group -> {
            throw new IllegalArgumentException("this command does not share its work, and " + group.size()
                    + " processes were started for it; start it once, without 'mmgen launch' or another launcher");
        });
    }

    /** Does a command's work that is not shared out: in rank 0 alone. */
    public static void runInFirst(Runnable work) {
        run(group -> {
            if (group == null || group.isFirst()) {
                work.run();
            }
        });
    }

    /** Does a command's work. Where it fails in one process, the others end with its reason. */
    public static void run(Work work) {
        try (ProcessGroup group = ProcessGroup.open().orElse(null)) {
            try {
                work.run(group);
            } catch (RuntimeException | Error e) {
                if (group != null && !(e instanceof ProcessGroupException)) {
                    group.abort(String.valueOf(e.getMessage()));
                }
                throw e;
            }
        }
    }
}
