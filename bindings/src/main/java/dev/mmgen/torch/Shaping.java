package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.util.ArrayList;
import java.util.List;

/**
 * Views of a tensor and selections from it. Negative dimensions count from the end.
 */
public sealed interface Shaping permits Tensor {

    /** Returns the same elements with other sizes; one size may be -1 and is then derived. A view where possible. */
    default Tensor reshape(long... sizes) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_reshape(
                    call.in((Tensor) this), call.longs(sizes), sizes.length, call.out(), call.error()));
        }
    }

    /** Returns a view that repeats dimensions of size 1; -1 leaves a size as it is. */
    default Tensor expand(long... sizes) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_expand(
                    call.in((Tensor) this), call.longs(sizes), sizes.length, call.out(), call.error()));
        }
    }

    /** Returns a view with the dimensions in another order. */
    default Tensor permute(int... dims) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_permute(
                    call.in((Tensor) this), call.dims(dims), dims.length, call.out(), call.error()));
        }
    }

    /** Returns a view with two dimensions exchanged. */
    default Tensor transpose(int dim0, int dim1) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_transpose(call.in((Tensor) this), dim0, dim1, call.out(), call.error()));
        }
    }

    /** Returns a view of the elements {@code start <= i < end} of a dimension. */
    default Tensor slice(int dim, long start, long end) {
        return slice(dim, start, end, 1);
    }

    /** Returns a view of every {@code step}-th element of a dimension, from {@code start} to before {@code end}. */
    default Tensor slice(int dim, long start, long end, long step) {
        try (Call call = Call.begin()) {
            return call.tensor(
                    MmTorch.mmt_slice(call.in((Tensor) this), dim, start, end, step, call.out(), call.error()));
        }
    }

    /** Returns a view of one index of a dimension; the dimension goes. */
    default Tensor select(int dim, long index) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_select(call.in((Tensor) this), dim, index, call.out(), call.error()));
        }
    }

    /**
     * Returns views of {@code count} equal parts of a dimension.
     *
     * @throws IllegalArgumentException if the dimension does not divide, or is empty and to be more than one part
     */
    default List<Tensor> chunk(int count, int dim) {
        long size = ((Tensor) this).size(dim);
        if (count < 1 || size % count != 0 || size == 0 && count > 1) {
            throw new IllegalArgumentException("dimension " + dim + " of " + ((Tensor) this).shape()
                    + " does not divide into " + count + " equal parts");
        }
        long part = size / count;
        List<Tensor> parts = new ArrayList<>(count);
        try {
            for (int i = 0; i < count; i++) {
                parts.add(slice(dim, i * part, (i + 1) * part));
            }
            return parts;
        } catch (RuntimeException e) {
            // Another thread may close this tensor meanwhile.
            parts.forEach(Tensor::close);
            throw e;
        }
    }

    /** Returns a view with a new dimension of size 1 at {@code dim}. */
    default Tensor unsqueeze(int dim) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_unsqueeze(call.in((Tensor) this), dim, call.out(), call.error()));
        }
    }

    /** Returns a view without the dimension {@code dim}, if its size is 1. */
    default Tensor squeeze(int dim) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_squeeze(call.in((Tensor) this), dim, call.out(), call.error()));
        }
    }

    /** Returns the elements in reverse order along the given dimensions. */
    default Tensor flip(int... dims) {
        try (Call call = Call.begin()) {
            return call.tensor(
                    MmTorch.mmt_flip(call.in((Tensor) this), call.dims(dims), dims.length, call.out(), call.error()));
        }
    }

    /** Returns the rows of a dimension that an int64 vector names, in its order. */
    default Tensor indexSelect(int dim, Tensor index) {
        try (Call call = Call.begin()) {
            return call.tensor(
                    MmTorch.mmt_index_select(call.in((Tensor) this), dim, call.in(index), call.out(), call.error()));
        }
    }

    /** Returns, at each place of the int64 tensor {@code index}, the element of this that it names along {@code dim}. */
    default Tensor gather(int dim, Tensor index) {
        try (Call call = Call.begin()) {
            return call.tensor(
                    MmTorch.mmt_gather(call.in((Tensor) this), dim, call.in(index), call.out(), call.error()));
        }
    }
}
