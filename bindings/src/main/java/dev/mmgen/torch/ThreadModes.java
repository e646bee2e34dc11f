package dev.mmgen.torch;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A note of the modes of a thread, to be taken before a call of foreign code and restored after it: the recording for
 * gradients and the innermost {@link TensorScope}. On a virtual thread, where no tensor can be used, it holds nothing.
 */
public final class ThreadModes {

    private final Thread owner = Thread.currentThread();
    private final boolean gradients;
    private final @Nullable TensorScope innermost;

    private ThreadModes(boolean gradients, @Nullable TensorScope innermost) {
        this.gradients = gradients;
        this.innermost = innermost;
    }

    /** Notes the modes of the current thread. */
    public static ThreadModes current() {
        return Thread.currentThread().isVirtual()
                ? new ThreadModes(true, null)
                : new ThreadModes(GradMode.isEnabled(), Call.innermostScope());
    }

    /**
     * Restores the modes that were noted. Scopes that were opened since and left open are closed with all that they hold.
     *
     * @return what had changed, one phrase each, for a message: {@code left a TensorScope open}; empty if nothing had
     * @throws IllegalStateException on another thread
     */
    public List<String> restore() {
        if (owner != Thread.currentThread()) {
            throw new IllegalStateException(
                    "restore ThreadModes on the thread that noted them, '" + owner.getName() + "'");
        }
        List<String> changed = new ArrayList<>();
        if (owner.isVirtual()) {
            return changed;
        }
        if (Call.innermostScope() != innermost) {
            changed.add(
                    TensorScope.closeInside(innermost)
                            ? "left a TensorScope open"
                            : "closed a TensorScope that it had not opened");
        }
        if (GradMode.isEnabled() != gradients) {
            GradMode.set(gradients);
            changed.add("left the recording of gradients " + (gradients ? "off" : "on"));
        }
        return changed;
    }
}
