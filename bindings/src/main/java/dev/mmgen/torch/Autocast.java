package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Mixed precision on the current thread: while open, products of matrices, convolutions and attention are computed in a
 * lower type, from float32 weights; closing it ends that. Casts of weights are kept until then, so a guard should span
 * one forward pass, and weights must not change inside. The backward pass belongs outside.
 *
 * {@snippet class="dev.mmgen.torch.SnippetsTest" region="autocast"}
 */
public final class Autocast implements AutoCloseable {

    private final Thread owner = Thread.currentThread();
    private final Device.Type type;
    private final DType dtype;
    private boolean open = true;

    private Autocast(Device.Type type, DType dtype) {
        this.type = type;
        this.dtype = dtype;
    }

    /**
     * Begins mixed precision for one kind of device. Within another guard for it, the inner one counts until it is closed.
     *
     * @param dtype bfloat16 or float16
     * @throws IllegalArgumentException for any other type
     */
    public static Autocast to(Device.Type type, DType dtype) {
        if (dtype != DType.BFLOAT16 && dtype != DType.FLOAT16) {
            throw new IllegalArgumentException(
                    "mixed precision in " + dtype.torchName() + "; it must be bfloat16 or float16");
        }
        set(type, true, dtype);
        return new Autocast(type, dtype);
    }

    /**
     * Computes something under mixed precision, or as it is where there is no lower type.
     *
     * @param lower bfloat16, float16, or null for none
     */
    public static <T> T computing(Device.Type type, @Nullable DType lower, Supplier<T> body) {
        if (lower == null) {
            return body.get();
        }
        try (Autocast _ = to(type, lower)) {
            return body.get();
        }
    }

    private static void set(Device.Type type, boolean enabled, DType dtype) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_set_autocast(type.code(), enabled ? 1 : 0, dtype.code(), call.error()));
        }
    }

    /** Ends mixed precision. Closing twice has no effect. */
    @Override
    public void close() {
        if (!open) {
            return;
        }
        if (owner != Thread.currentThread()) {
            throw new IllegalStateException(
                    "close an Autocast on the thread that opened it, '" + owner.getName() + "'");
        }
        open = false;
        set(type, false, dtype);
    }
}
