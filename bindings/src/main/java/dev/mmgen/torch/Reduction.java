package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reductions along dimensions. Negative dimensions count from the end.
 */
public sealed interface Reduction permits Tensor {

    /** Returns the sum over the given dimensions, or over all of them if none are given. */
    default Tensor sum(int... dims) {
        return over(MmTorch::mmt_sum, (Tensor) this, false, dims);
    }

    /** Returns the sum over the given dimensions, which stay with size 1. */
    default Tensor sumKeep(int... dims) {
        return over(MmTorch::mmt_sum, (Tensor) this, true, dims);
    }

    /** Returns the mean over the given dimensions, or over all of them if none are given. */
    default Tensor mean(int... dims) {
        return over(MmTorch::mmt_mean, (Tensor) this, false, dims);
    }

    /** Returns the mean over the given dimensions, which stay with size 1. */
    default Tensor meanKeep(int... dims) {
        return over(MmTorch::mmt_mean, (Tensor) this, true, dims);
    }

    /** Returns the largest element over the given dimensions, or over all of them if none are given. */
    default Tensor amax(int... dims) {
        return over(MmTorch::mmt_amax, (Tensor) this, false, dims);
    }

    /** Returns the largest element over the given dimensions, which stay with size 1. */
    default Tensor amaxKeep(int... dims) {
        return over(MmTorch::mmt_amax, (Tensor) this, true, dims);
    }

    /** Returns the smallest element over the given dimensions, or over all of them if none are given. */
    default Tensor amin(int... dims) {
        return over(MmTorch::mmt_amin, (Tensor) this, false, dims);
    }

    /** Returns the smallest element over the given dimensions, which stay with size 1. */
    default Tensor aminKeep(int... dims) {
        return over(MmTorch::mmt_amin, (Tensor) this, true, dims);
    }

    /** Returns the largest element. NaN if there is one. */
    default Tensor max() {
        return amax();
    }

    /**
     * Returns the largest elements along a dimension and their places; the dimension goes. Of equal ones the first counts,
     * also for gradients ({@link #amax} shares them out).
     */
    default Extremes max(int dim) {
        return extremes(MmTorch::mmt_max, (Tensor) this, dim);
    }

    /** Returns the smallest element. NaN if there is one. */
    default Tensor min() {
        return amin();
    }

    /**
     * Returns the smallest elements along a dimension and their places; the dimension goes. Of equal ones the first counts,
     * also for gradients ({@link #amin} shares them out).
     */
    default Extremes min(int dim) {
        return extremes(MmTorch::mmt_min, (Tensor) this, dim);
    }

    /**
     * The largest or smallest elements along a dimension.
     *
     * @param values  the elements
     * @param indices their places along the dimension, int64, of the same shape
     */
    record Extremes(Tensor values, Tensor indices) {}

    /** Returns the Euclidean norm of all elements together. */
    default Tensor norm() {
        return Call.unary(MmTorch::mmt_norm, (Tensor) this);
    }

    /** Returns the place of the largest element along a dimension, int64; the dimension goes. */
    default Tensor argmax(int dim) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_argmax(call.in((Tensor) this), dim, 0, call.out(), call.error()));
        }
    }

    /** Returns the running sum along a dimension. */
    default Tensor cumsum(int dim) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_cumsum(call.in((Tensor) this), dim, call.out(), call.error()));
        }
    }

    /** Returns the exponentials along a dimension, scaled to the sum 1. */
    default Tensor softmax(int dim) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_softmax(call.in((Tensor) this), dim, call.out(), call.error()));
        }
    }

    /** Returns the logarithm of {@link #softmax}, computed without overflow. */
    default Tensor logSoftmax(int dim) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_log_softmax(call.in((Tensor) this), dim, call.out(), call.error()));
        }
    }

    private static Extremes extremes(Call.Finding function, Tensor self, int dim) {
        try (Call call = Call.begin()) {
            MemorySegment indices = call.room(Long.BYTES);
            call.check(function.call(call.in(self), dim, 0, call.out(), indices, call.error()));
            long place = indices.get(ValueLayout.JAVA_LONG, 0);
            return new Extremes(call.adopt(call.outLong()), call.adopt(place));
        }
    }

    private static Tensor over(Call.Reducing function, Tensor self, boolean keep, int... dims) {
        try (Call call = Call.begin()) {
            return call.tensor(
                    function.call(call.in(self), call.dims(dims), dims.length, keep ? 1 : 0, call.out(), call.error()));
        }
    }
}
