package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Gradients of tensors. Operations on a tensor that {@linkplain #requiresGrad(boolean) requires} them are recorded, unless
 * inside {@link Torch#noGrad}.
 */
public sealed interface Differentiable permits Tensor {

    /**
     * Asks for, or waives, a gradient of this leaf tensor.
     *
     * @return this
     */
    default Tensor requiresGrad(boolean wanted) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_set_requires_grad(call.in((Tensor) this), wanted ? 1 : 0, call.error()));
        }
        return (Tensor) this;
    }

    /** Returns true if operations on this tensor are recorded. */
    default boolean requiresGrad() {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_requires_grad(call.in((Tensor) this), call.out(), call.error()));
            return call.outInt() != 0;
        }
    }

    /** Returns a view that gradients do not flow through. */
    default Tensor detach() {
        return Call.unary(MmTorch::mmt_detach, (Tensor) this);
    }

    /** Adds the gradients of this scalar to {@link #grad} of every leaf it was computed from. */
    default void backward() {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_backward(call.in((Tensor) this), MemorySegment.NULL, 0, 0, 0, call.error()));
        }
    }

    /**
     * Adds what a gradient of this tensor says of every leaf it was computed from to {@link #grad} of the leaf.
     *
     * @param gradient of this tensor's shape
     */
    default void backward(Tensor gradient) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_backward(
                    call.in((Tensor) this), MemorySegment.NULL, 0, call.in(gradient), 0, call.error()));
        }
    }

    /** Returns the gradient that has arrived at this leaf, or null if none has. It is the live one, not a copy. */
    default @Nullable Tensor grad() {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_grad(call.in((Tensor) this), call.out(), call.error()));
            long address = call.outLong();
            return address == 0 ? null : call.adopt(address);
        }
    }

    /** Forgets the gradient that has arrived, so that the next one starts from nothing. */
    default void clearGrad() {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_clear_grad(call.in((Tensor) this), call.error()));
        }
    }
}
