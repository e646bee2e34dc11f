package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/**
 * Conversions between element types, devices and Java's own memory.
 */
public sealed interface Transfer permits Tensor {

    /** Returns this tensor in another element type; itself (as a new handle) if it has that type already. */
    default Tensor to(DType dtype) {
        return to(((Tensor) this).device(), dtype);
    }

    /** Returns this tensor on another device. */
    default Tensor to(Device device) {
        return to(device, ((Tensor) this).dtype());
    }

    /** Returns this tensor on a device and in an element type. */
    default Tensor to(Device device, DType dtype) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_to(
                    call.in((Tensor) this),
                    dtype.code(),
                    device.type().code(),
                    device.index(),
                    0,
                    call.out(),
                    call.error()));
        }
    }

    /** Returns a copy with storage of its own. */
    default Tensor copy() {
        return Call.unary(MmTorch::mmt_clone, (Tensor) this);
    }

    /** Returns this tensor, or a copy of it, with its elements row-major and without gaps. */
    default Tensor contiguous() {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_contiguous(call.in((Tensor) this), 0, call.out(), call.error()));
        }
    }

    /** Returns this tensor, or a copy, of shape {@code [N, C, H, W]} with the channels innermost in memory. */
    default Tensor channelsLast() {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_contiguous(call.in((Tensor) this), 2, call.out(), call.error()));
        }
    }

    /**
     * Overwrites this tensor with the values of another, cast and broadcast as needed.
     *
     * @return this
     */
    default Tensor copy_(Tensor source) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_copy_(call.in((Tensor) this), call.in(source), call.error()));
        }
        return (Tensor) this;
    }

    /** Returns the only element as a number. */
    default double item() {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_item(call.in((Tensor) this), call.out(), call.error()));
            return call.outDouble();
        }
    }

    /** Returns the only element as a whole number. */
    default long itemLong() {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_item_integer(call.in((Tensor) this), call.out(), call.error()));
            return call.outLong();
        }
    }

    /** Returns the elements as float32, row-major. */
    default float[] toFloats() {
        return HostCopy.read((Tensor) this, DType.FLOAT32, bytes -> bytes.toArray(ValueLayout.JAVA_FLOAT));
    }

    /** Returns the elements as float64, row-major. */
    default double[] toDoubles() {
        return HostCopy.read((Tensor) this, DType.FLOAT64, bytes -> bytes.toArray(ValueLayout.JAVA_DOUBLE));
    }

    /** Returns the elements as int64, row-major; fractions are cut off. */
    default long[] toLongs() {
        return HostCopy.read((Tensor) this, DType.INT64, bytes -> bytes.toArray(ValueLayout.JAVA_LONG));
    }

    /** Returns the elements as uint8, row-major. */
    default byte[] toBytes() {
        return HostCopy.read((Tensor) this, DType.UINT8, bytes -> bytes.toArray(ValueLayout.JAVA_BYTE));
    }

    /**
     * Copies the elements, in this tensor's own type and row-major, into a buffer, whose position moves past them.
     *
     * @throws IllegalArgumentException if the buffer has too little room
     */
    default void copyTo(ByteBuffer target) {
        Tensor self = (Tensor) this;
        long size = self.elements() * self.dtype().byteSize();
        if (target.remaining() < size) {
            throw new IllegalArgumentException(
                    self + " has " + size + " bytes, but the buffer has room for " + target.remaining());
        }
        HostCopy.read(self, self.dtype(), bytes -> {
            MemorySegment.ofBuffer(target).copyFrom(bytes);
            return target.position(target.position() + (int) size);
        });
    }
}
