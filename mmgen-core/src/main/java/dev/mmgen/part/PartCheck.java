package dev.mmgen.part;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.ThreadModes;
import dev.mmgen.torch.Torch;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A check of what a replaceable part returns, so that a part that breaks its contract is named at once and does not end in
 * black pictures or in an error elsewhere. Tensors that a call leaves behind are freed, and the modes of the thread are after
 * a call as they were before.
 *
 * <p>A result belongs to a {@link TensorScope} of the calling thread: the one that is open during the call, or an outer one of
 * the part's own. A tensor of no scope has another owner, who may still need it or may have forgotten it, and is refused. A part
 * that computes on threads of its own, or keeps a constant, returns a copy, or {@link Tensor#detach}, which shares the memory.
 */
public final class PartCheck {

    /** Roles of parts that have weights, and so another remedy where their numbers are not finite. */
    private static final Set<String> NETWORKS = Set.of("autoencoder", "velocity model");

    private final String role;
    private final String name;
    private final boolean own;

    /**
     * Names a part.
     *
     * @param role     of the part in messages, for example "autoencoder"
     * @param contract the interface that it implements; exceptions of parts in its own package speak for themselves and pass
     * @throws NullPointerException naming the role if there is no part
     */
    public PartCheck(String role, Class<?> contract, Object part) {
        requirePart(part, role);
        this.role = role;
        this.name = "the " + role + " " + nameOf(part);
        this.own = part.getClass().getPackage() == contract.getPackage();
    }

    private static void requirePart(@Nullable Object part, String role) {
        if (part == null) {
            throw new NullPointerException("the " + role + " is null; give one");
        }
    }

    /** Returns the name of a part's class for messages: a lambda's is that of the class it is written in. */
    public static String nameOf(Object part) {
        String name = part.getClass().getName();
        int lambda = name.indexOf("$$Lambda");
        return lambda < 0 ? name : "(a lambda in " + name.substring(0, lambda) + ")";
    }

    /**
     * Returns the result of a call.
     *
     * @param call the name of the call in messages, for example "encode"
     * @throws PartException if the part throws an exception, returns null, or leaves the thread in another mode. An {@link
     *     Error} passes, with the part's name as a suppressed exception
     */
    public <T> T value(String call, Supplier<? extends @Nullable T> answer) {
        T result = own ? answer.get() : foreign(call, answer);
        if (result == null) {
            throw broken(call, "null", "it must return a value");
        }
        return result;
    }

    /** Makes a call that returns nothing, see {@link #value}. */
    public void run(String call, Runnable body) {
        value(call, () -> {
            body.run();
            return true;
        });
    }

    /**
     * Asks a part whether it fits what it is used with.
     *
     * @throws IllegalArgumentException if it says that it does not; the message names it
     */
    public void requireFit(Runnable question) {
        try {
            run("requireFit", question);
        } catch (PartException e) {
            if (e.getCause() instanceof IllegalArgumentException unfit) {
                throw new IllegalArgumentException(name + " does not fit: " + unfit.getMessage(), unfit);
            }
            throw e;
        }
    }

    private <T> @Nullable T foreign(String call, Supplier<? extends @Nullable T> answer) {
        ThreadModes modes = ThreadModes.current();
        T result;
        try {
            result = answer.get();
        } catch (Error e) {
            modes.restore();
            e.addSuppressed(new PartException(name + " failed in " + call));
            throw e;
        } catch (Exception e) { // a checked one too: a part in another language may throw it
            modes.restore();
            if (e instanceof RuntimeException passing && (e instanceof PartException || e instanceof NoFault)) {
                throw passing;
            }
            throw new PartException(name + " failed in " + call + ": " + e, e);
        }
        List<String> changed = modes.restore();
        if (!changed.isEmpty()) {
            throw new PartException(name + " " + String.join(" and ", changed) + " in " + call
                    + "; close what it opens, in try-with-resources");
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
            require(call, result, shape);
            return scope.keep(result);
        }
    }

    /** Returns the tensor that a call gives, see {@link #tensor(String, Shape, Supplier)}, and checks its type too. */
    public Tensor tensor(String call, Shape shape, DType dtype, Supplier<? extends @Nullable Tensor> answer) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor result = value(call, answer);
            require(call, result, shape, dtype);
            return scope.keep(result);
        }
    }

    /**
     * Checks a tensor that a call gave.
     *
     * @throws PartException if it is null, closed, of no scope of this thread, or has another shape, no floating-point type, or
     *     numbers that are not finite
     */
    public void require(String call, @Nullable Tensor result, Shape shape) {
        requireFinite(call, requireForm(call, result, shape));
    }

    /** Checks a tensor that a call gave, see {@link #require(String, Tensor, Shape)}, and its type too. */
    public void require(String call, @Nullable Tensor result, Shape shape, DType dtype) {
        Tensor tensor = requireForm(call, result, shape);
        if (tensor.dtype() != dtype) {
            throw broken(call, "a tensor of " + tensor.dtype().torchName(), "the type must be " + dtype.torchName());
        }
        requireFinite(call, tensor);
    }

    /**
     * Checks all of a tensor but its numbers: those of a rate may be infinite at the ends of a path.
     *
     * @return the tensor
     * @throws PartException if it is null, closed, of no scope of this thread, or has another shape or no floating-point type
     */
    public Tensor requireForm(String call, @Nullable Tensor result, Shape shape) {
        Tensor tensor = requireUsable(call, "a tensor", result);
        if (!tensor.shape().equals(shape)) {
            throw broken(call, "a tensor of shape " + tensor.shape(), "the shape must be " + shape);
        }
        if (!tensor.dtype().isFloatingPoint()) {
            throw broken(call, "a tensor of " + tensor.dtype().torchName(), "the type must be a floating-point one");
        }
        return tensor;
    }

    /**
     * Checks that a tensor that a call gave can be used here.
     *
     * @param what the tensor in messages, for example "a total"
     * @return the tensor
     * @throws PartException if it is null, closed, or of no scope of this thread
     */
    public Tensor requireUsable(String call, String what, @Nullable Tensor result) {
        if (result == null) {
            throw broken(call, what + " that is null", "it must be a tensor");
        }
        if (result.isClosed()) {
            throw broken(call, what.replaceFirst("^an? ", "a closed "), "it must be open");
        }
        if (result.isOfOtherThread()) {
            throw broken(
                    call,
                    what + " of another thread's TensorScope",
                    "only that thread can use it; return a copy of it");
        }
        if (!result.isScoped()) {
            throw broken(
                    call,
                    what + " of no TensorScope",
                    "nobody would free it; return a copy, or its detach(), and close it or keep it yourself");
        }
        return result;
    }

    /** Returns false for a part of the library's own. */
    public boolean isForeign() {
        return !own;
    }

    private void requireFinite(String call, Tensor result) {
        if (!isFinite(result)) {
            throw broken(
                    call,
                    "numbers that are not finite (NaN or infinite)",
                    NETWORKS.contains(role)
                            ? "check its weights and its input"
                            : "check its arithmetic and the numbers it was given");
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

    /**
     * Returns true if all numbers of a tensor are finite. NaN and infinities survive the search for the largest and the smallest
     * number, which copies nothing.
     */
    public static boolean isFinite(Tensor result) {
        if (result.elements() == 0) {
            return true;
        }
        try (var _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
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
