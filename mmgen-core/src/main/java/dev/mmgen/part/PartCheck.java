package dev.mmgen.part;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A check of what a replaceable part returns, so that a part that breaks its contract is named at once and does not end in
 * black pictures or in an error elsewhere. Tensors that a call leaves behind are freed.
 */
public final class PartCheck {

    private final String name;
    private final boolean own;

    /**
     * Names a part.
     *
     * @param role     of the part in messages, for example "autoencoder"
     * @param contract the interface that it implements; exceptions of parts in its own package speak for themselves and pass
     */
    public PartCheck(String role, Class<?> contract, Object part) {
        this.name = "the " + role + " " + part.getClass().getName();
        this.own = part.getClass().getPackage() == contract.getPackage();
    }

    /**
     * Returns the result of a call.
     *
     * @param call the name of the call in messages, for example "encode"
     * @throws PartException if the part throws or returns null
     */
    public <T> T value(String call, Supplier<? extends @Nullable T> answer) {
        T result;
        try {
            result = answer.get();
        } catch (PartException | CancellationException e) {
            throw e;
        } catch (RuntimeException e) {
            if (own) {
                throw e;
            }
            throw new PartException(name + " failed in " + call + ": " + e, e);
        }
        if (result == null) {
            throw broken(call, "null", "it must return a value");
        }
        return result;
    }

    /**
     * Returns the tensor that a call gives, of any floating-point type.
     *
     * @throws PartException if the part throws, or returns null, another shape or numbers that are not finite
     */
    public Tensor tensor(String call, Shape shape, Supplier<? extends @Nullable Tensor> answer) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor result = value(call, answer);
            try {
                require(call, result, shape);
            } catch (PartException e) {
                result.close();
                throw e;
            }
            return scope.keep(result);
        }
    }

    /** Returns the tensor that a call gives, see {@link #tensor(String, Shape, Supplier)}, and checks its type too. */
    public Tensor tensor(String call, Shape shape, DType dtype, Supplier<? extends @Nullable Tensor> answer) {
        Tensor result = tensor(call, shape, answer);
        if (result.dtype() != dtype) {
            String given = result.dtype().torchName();
            result.close();
            throw broken(call, "a tensor of " + given, "the type must be " + dtype.torchName());
        }
        return result;
    }

    /**
     * Checks a tensor that a call gave.
     *
     * @throws PartException if it is closed, has another shape, no floating-point type, or numbers that are not finite
     */
    public void require(String call, Tensor result, Shape shape) {
        if (result.isClosed()) {
            throw broken(call, "a closed tensor", "it must be open");
        }
        if (!result.shape().equals(shape)) {
            throw broken(call, "a tensor of shape " + result.shape(), "the shape must be " + shape);
        }
        if (!result.dtype().isFloatingPoint()) {
            throw broken(call, "a tensor of " + result.dtype().torchName(), "the type must be a floating-point one");
        }
        if (!isFinite(result)) {
            throw broken(call, "numbers that are not finite (NaN or infinite)", "check its weights and its input");
        }
    }

    /**
     * Returns an exception that names the part.
     *
     * @param returned what the call returned
     * @param rule     what it must return
     */
    public PartException broken(String call, String returned, String rule) {
        return new PartException(name + " returned " + returned + " from " + call + "; " + rule);
    }

    /** NaN and infinities survive the search for the largest and the smallest number, which copies nothing. */
    private static boolean isFinite(Tensor result) {
        try (TensorScope _ = TensorScope.open()) {
            return isFiniteNumber(result.amax()) && isFiniteNumber(result.amin());
        }
    }

    private static boolean isFiniteNumber(Tensor scalar) {
        return Double.isFinite(scalar.to(DType.FLOAT64).item());
    }

    @Override
    public String toString() {
        return name;
    }
}
