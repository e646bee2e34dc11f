package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;

/**
 * A mode of the current thread in which operations are recorded for gradients, or are not; closing it restores the mode before.
 *
 * {@snippet class="dev.mmgen.torch.SnippetsTest" region="no-grad"}
 */
public final class GradMode implements AutoCloseable {

    private final Thread owner = Thread.currentThread();
    private final int before;
    private boolean open = true;

    private GradMode(int before) {
        this.before = before;
    }

    static GradMode set(boolean enabled) {
        try (Call _ = Call.begin()) {
            return new GradMode(MmTorch.mmt_set_grad_mode(enabled ? 1 : 0));
        }
    }

    /** Returns true if operations of this thread are recorded for gradients. */
    static boolean isEnabled() {
        try (Call _ = Call.begin()) {
            int before = MmTorch.mmt_set_grad_mode(1);
            MmTorch.mmt_set_grad_mode(before);
            return before != 0;
        }
    }

    /** Restores the mode before. Closing twice has no effect. */
    @Override
    public void close() {
        if (!open) {
            return;
        }
        if (owner != Thread.currentThread()) {
            throw new IllegalStateException("close a GradMode on the thread that set it, '" + owner.getName() + "'");
        }
        open = false;
        MmTorch.mmt_set_grad_mode(before);
    }
}
