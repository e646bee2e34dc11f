package dev.mmgen.torch.weights;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.weights.pickle.StorageTable.Storage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The place and layout of a tensor in a weight file: enough to list it, and to load it later.
 *
 * <p>The element with indices i has the number {@code storageOffset + sum(i[d] * strides[d])} in its storage. Several
 * tensors may share one storage. In safetensors files each tensor is contiguous and has a storage of its own.
 *
 * @param dtype element type
 * @param shape sizes of the dimensions
 * @param strides distance of neighbours along each dimension, in elements, not negative
 * @param storageOffset number of the first element within the storage
 * @param byteOffset where the storage begins in the file
 * @param byteLength size of the storage in bytes
 */
public record TensorInfo(
        DType dtype, Shape shape, List<Long> strides, long storageOffset, long byteOffset, long byteLength) {

    /** A view that repeats elements of a smaller storage (stride 0) may not pretend to be larger than this. */
    private static final long MAX_REPEATED_BYTES = 1L << 30;

    /**
     * @throws IllegalArgumentException if the tensor does not lie within its storage, or a number is negative or too
     * large
     */
    public TensorInfo {
        strides = List.copyOf(strides);
        if (strides.size() != shape.rank()) {
            throw new IllegalArgumentException(
                    "shape " + shape + " has " + shape.rank() + " dimensions but " + strides.size() + " strides");
        }
        if (storageOffset < 0) {
            throw new IllegalArgumentException("negative storage offset " + storageOffset);
        }
        if (byteOffset < 0 || byteLength < 0 || byteOffset > Long.MAX_VALUE - byteLength) {
            throw new IllegalArgumentException("storage of " + byteLength + " bytes at " + byteOffset);
        }
        try {
            checkReach(dtype, shape, strides, storageOffset, byteLength);
        } catch (ArithmeticException _) {
            throw new IllegalArgumentException("shape " + shape + " with strides " + strides + " at offset "
                    + storageOffset + " overflows 64 bits");
        }
    }

    /**
     * Describes a contiguous tensor that fills its bytes exactly.
     *
     * @throws IllegalArgumentException if shape and byte length disagree
     */
    static TensorInfo contiguous(DType dtype, Shape shape, long byteOffset, long byteLength) {
        TensorInfo info = new TensorInfo(dtype, shape, contiguousStrides(shape), 0, byteOffset, byteLength);
        if (info.bytes() != byteLength) {
            throw new IllegalArgumentException("shape " + shape + " of " + dtype.torchName() + " needs " + info.bytes()
                    + " bytes but the file gives it " + byteLength);
        }
        return info;
    }

    /** Describes a part of a storage. */
    static TensorInfo view(Storage storage, long offset, Shape shape, List<Long> strides) {
        return new TensorInfo(storage.dtype(), shape, strides, offset, storage.byteOffset(), storage.byteLength());
    }

    /** Describes the same elements in a copy of their storage elsewhere. */
    TensorInfo at(long newByteOffset) {
        return new TensorInfo(dtype, shape, strides, storageOffset, newByteOffset, byteLength);
    }

    /** Returns the number of elements. */
    public long elements() {
        return shape.elements();
    }

    /** Returns the size of the tensor's own elements in bytes, which may differ from that of its storage. */
    public long bytes() {
        return shape.elements() * dtype.byteSize();
    }

    /** Returns true if the elements follow each other in row-major order without gaps. */
    public boolean isContiguous() {
        if (elements() == 0) {
            return true;
        }
        List<Long> packed = contiguousStrides(shape);
        for (int dim = 0; dim < shape.rank(); dim++) {
            if (shape.size(dim) != 1 && !strides.get(dim).equals(packed.get(dim))) {
                return false;
            }
        }
        return true;
    }

    private static List<Long> contiguousStrides(Shape shape) {
        List<Long> strides = new ArrayList<>();
        long stride = 1;
        for (int dim = shape.rank() - 1; dim >= 0; dim--) {
            strides.add(stride);
            try {
                stride = Math.multiplyExact(stride, Math.max(1, shape.size(dim)));
            } catch (ArithmeticException _) {
                throw new IllegalArgumentException("strides of shape " + shape + " overflow 64 bits");
            }
        }
        Collections.reverse(strides);
        return strides;
    }

    private static void checkReach(DType dtype, Shape shape, List<Long> strides, long storageOffset, long byteLength) {
        long last = storageOffset;
        long span = dtype.byteSize();
        for (int dim = 0; dim < shape.rank(); dim++) {
            long size = shape.size(dim);
            long stride = strides.get(dim);
            if (stride < 0) {
                throw new IllegalArgumentException("negative stride " + stride + " in strides " + strides);
            }
            span = Math.multiplyExact(span, Math.max(1, size));
            if (size > 1) {
                last = Math.addExact(last, Math.multiplyExact(size - 1, stride));
            }
        }
        long capacity = byteLength / dtype.byteSize();
        boolean empty = shape.elements() == 0;
        if (empty ? storageOffset > capacity : last >= capacity) {
            throw new IllegalArgumentException("shape " + shape + " with strides " + strides + " at offset "
                    + storageOffset + " reaches past the end of its storage of " + capacity + " elements");
        }
        if (!empty && span > byteLength && span > MAX_REPEATED_BYTES) {
            throw new IllegalArgumentException("shape " + shape + " repeats a storage of " + byteLength
                    + " bytes up to " + span + " bytes, which no weight file needs");
        }
    }
}
