package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.lang.ref.Cleaner;

/**
 * A stream of random numbers on the CPU. Its draws equal those of PyTorch after {@code torch.manual_seed(seed)}.
 * Draws are made on the CPU and copied to where they are needed, so that a seed means the same on every device.
 */
public final class Generator implements AutoCloseable {

    private static final Cleaner CLEANER = Cleaner.create();

    private final Handle handle;
    private final Cleaner.Cleanable cleanable;

    private Generator(Handle handle) {
        this.handle = handle;
        this.cleanable = CLEANER.register(this, handle::close);
    }

    /** Starts the stream of a seed. */
    public static Generator seeded(long seed) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_generator_new(seed, call.out(), call.error()));
            return new Generator(new Handle("generator", call.outLong(), MmTorch::mmt_generator_free));
        }
    }

    /** Starts this stream anew from a seed. */
    public Generator seed(long seed) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_generator_seed(call.in(this), seed, call.error()));
        }
        return this;
    }

    Handle handle() {
        return handle;
    }

    /** Frees the stream. Closing twice has no effect. */
    @Override
    public void close() {
        cleanable.clean();
    }
}
