package dev.mmgen.codec;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A check of what a replaceable part returns, so that a part that breaks its contract is named at once and does not end in
 * black pictures or in an error elsewhere. What the part leaves behind is freed.
 */
final class PartCheck {

    private final Object part;
    private final String name;

    /**
     * @param role of the part in messages, for example "autoencoder"
     */
    PartCheck(String role, Object part) {
        this.part = part;
        this.name = "the " + role + " " + part.getClass().getName();
    }

    /**
     * Returns the result of a call.
     *
     * @throws IllegalStateException naming the part, if it throws, or returns null, another shape or numbers that are not
     *     finite
     */
    Tensor tensor(String method, Shape shape, DType dtype, Supplier<@Nullable Tensor> call) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor result = run(method, call);
            try {
                require(method, result, shape, dtype);
            } catch (IllegalStateException e) {
                result.close();
                throw e;
            }
            return scope.keep(result);
        }
    }

    /** Returns the result of {@link Autoencoder#encode}, see {@link #tensor}. */
    Posterior posterior(Shape expected, Supplier<@Nullable Posterior> call) {
        try (TensorScope scope = TensorScope.open()) {
            Posterior result = run("encode", call);
            try {
                require("encode", result.mean(), expected, DType.FLOAT32);
                require("encode", result.logvar(), expected, DType.FLOAT32);
                require("encode", result.std(), expected, DType.FLOAT32);
            } catch (IllegalStateException e) {
                result.close();
                throw e;
            }
            return new Posterior(scope.keep(result.mean()), scope.keep(result.logvar()), scope.keep(result.std()));
        }
    }

    private <T> T run(String method, Supplier<@Nullable T> call) {
        T result;
        try {
            result = call.get();
        } catch (RuntimeException e) {
            // Parts of this package speak for themselves.
            if (part.getClass().getPackage() == PartCheck.class.getPackage()) {
                throw e;
            }
            throw new IllegalStateException(name + " failed in " + method + ": " + e, e);
        }
        if (result == null) {
            throw new IllegalStateException(name + " returned null from " + method + "; see its interface");
        }
        return result;
    }

    private void require(String method, Tensor result, Shape shape, DType dtype) {
        if (!result.shape().equals(shape)) {
            throw new IllegalStateException(
                    name + " returned " + result.shape() + " from " + method + " where " + shape + " is expected");
        }
        if (result.dtype() != dtype) {
            throw new IllegalStateException(name + " returned " + result.dtype().torchName() + " from " + method
                    + " where " + dtype.torchName() + " is expected");
        }
        if (!isFinite(result)) {
            throw new IllegalStateException(name + " returned numbers from " + method
                    + " that are not finite; check its weights and its input");
        }
    }

    /** NaN and infinities survive the search for the largest and the smallest number, which copies nothing. */
    private static boolean isFinite(Tensor result) {
        return isFiniteNumber(result.amax()) && isFiniteNumber(result.amin());
    }

    private static boolean isFiniteNumber(Tensor scalar) {
        return Float.isFinite(scalar.to(DType.FLOAT32).toFloats()[0]);
    }
}
