package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * The warnings of libtorch, in the log of {@code dev.mmgen.torch.Torch}: each text once. Threads of libtorch's own still write to
 * stderr, and so does a libtorch that does not offer its warnings.
 */
final class Warnings {

    private static final Logger LOG = System.getLogger(Torch.class.getName());

    /** Read after every call, which costs a nanosecond; the texts are taken when it is not 0. */
    private static final MemorySegment WAITING = MmTorch.mmt_warnings().reinterpret(Integer.BYTES);

    private Warnings() {}

    static void keepThoseOfThisThread() {
        MmTorch.mmt_keep_warnings();
    }

    /** Logs between two calls, since a handler of the log may itself use tensors. */
    static void logThoseThatWait() {
        if (WAITING.get(ValueLayout.JAVA_INT, 0) != 0) {
            logAll();
        }
    }

    private static void logAll() {
        for (String text = take(); text != null; text = take()) {
            LOG.log(Level.WARNING, "libtorch: " + text);
        }
    }

    private static @Nullable String take() {
        return Call.takeText(MmTorch.mmt_take_warning());
    }
}
