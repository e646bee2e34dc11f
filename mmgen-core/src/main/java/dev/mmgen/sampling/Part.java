package dev.mmgen.sampling;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A part that a user may bring, with the check of what it returns. A fault is named where it arises, by the part's class, since
 * a wrong shape or a NaN would otherwise show only many steps later, in pictures.
 *
 * @param role   what the part is to the run, such as "sampler"
 * @param object the part itself
 */
record Part(String role, Object object) {

    /**
     * Calls the part.
     *
     * @param call names the call in messages
     * @throws PartException if the call fails or returns null
     */
    <T> T call(String call, Supplier<? extends @Nullable T> answer) {
        @Nullable T result;
        try {
            result = answer.get();
        } catch (PartException | SamplingCancelledException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new PartException(this + " failed in " + call + ": " + e, e);
        }
        if (result == null) {
            throw broken(call, "null", "it must return a value");
        }
        return result;
    }

    /**
     * Calls the part for a tensor.
     *
     * @throws PartException if the call fails, or what it returns is null, closed, of another shape or not finite
     */
    Tensor tensor(String call, Shape shape, Supplier<? extends @Nullable Tensor> answer) {
        Tensor result = call(call, answer);
        if (result.isClosed()) {
            throw broken(call, "a closed tensor", "it must return an open one");
        }
        if (!result.shape().equals(shape)) {
            throw broken(call, "a tensor of shape " + result.shape(), "the shape must be " + shape);
        }
        if (!result.dtype().isFloatingPoint()) {
            throw broken(call, "a tensor of " + result.dtype().torchName(), "the type must be a floating-point one");
        }
        if (!isFinite(result)) {
            throw broken(call, "NaN or infinite numbers", "all must be finite");
        }
        return result;
    }

    /** A sum in float64 is finite exactly if its terms are, as long as they are below 1e300. */
    private static boolean isFinite(Tensor tensor) {
        try (Tensor wide = tensor.to(DType.FLOAT64);
                Tensor sum = wide.sum()) {
            return Double.isFinite(sum.item());
        }
    }

    PartException broken(String call, String returned, String rule) {
        return new PartException(this + " returned " + returned + " from " + call + "; " + rule);
    }

    @Override
    public String toString() {
        return "the " + role + " " + object.getClass().getName();
    }
}
