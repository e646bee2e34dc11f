package dev.mmgen.torch;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;

/**
 * A matrix laid out beforehand for linear maps on the CPU without gradients: in its own type, or in eight bits. It is freed with its
 * object.
 */
public abstract sealed class PreparedMatrix permits PackedMatrix, QuantizedMatrix {

    private static final Cleaner CLEANER = Cleaner.create();

    private final Handle handle;
    private final Product product;

    /** The C function that multiplies by this form; its result is 0 where the arguments do not fit. */
    @FunctionalInterface
    interface Product {
        int call(long input, long matrix, long bias, int gelu, MemorySegment out, MemorySegment error);
    }

    PreparedMatrix(Handle handle, Product product) {
        this.handle = handle;
        this.product = product;
        CLEANER.register(this, handle::close);
    }

    final Handle handle() {
        return handle;
    }

    /**
     * Returns {@code input · matrixᵀ + bias}, or null if gradients are recorded or the arguments are of another type, size or place: then
     * a product by the plain matrix says what it makes of them.
     *
     * @param input {@code [..., in]}
     * @param bias  {@code [out]} or null
     * @return {@code [..., out]}
     */
    public final @Nullable Tensor linear(Tensor input, @Nullable Tensor bias) {
        return linear(input, bias, false);
    }

    /** Returns the tanh form of GELU of what {@link #linear} returns, or null likewise. */
    public final @Nullable Tensor linearGelu(Tensor input, @Nullable Tensor bias) {
        return linear(input, bias, true);
    }

    private @Nullable Tensor linear(Tensor input, @Nullable Tensor bias, boolean gelu) {
        try (Call call = Call.begin()) {
            call.check(product.call(
                    call.in(input), call.in(handle), call.inOrNone(bias), gelu ? 1 : 0, call.out(), call.error()));
            long result = call.outLong();
            return result == 0 ? null : call.adopt(result);
        }
    }
}
