package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Function;

/** A window on a tensor's storage, open to Java for the length of one copy. */
final class HostCopy {

    private HostCopy() {}

    /** Brings a tensor to main memory in the wanted type, row-major, and lets {@code reader} copy its bytes out. */
    static <T> T read(Tensor tensor, DType dtype, Function<MemorySegment, T> reader) {
        try (TensorScope _ = TensorScope.open()) {
            Tensor local = tensor.to(Device.CPU, dtype).contiguous();
            long size = bytes(dtype, local.shape());
            try (Call call = Call.begin()) {
                T copied = reader.apply(bytes(call, local, size));
                // A mapped file that was cut short meanwhile reads as zeros. Asking once more tells.
                bytes(call, local, size);
                return copied;
            }
        }
    }

    /** Fills a new row-major tensor in main memory from Java's. */
    static Tensor write(DType dtype, Shape shape, MemorySegment source) {
        long size = bytes(dtype, shape);
        if (source.byteSize() != size) {
            throw new IllegalArgumentException("shape " + shape + " of " + dtype.torchName() + " needs " + size
                    + " bytes, but " + source.byteSize() + " were given");
        }
        Tensor tensor = Torch.empty(dtype, Device.CPU, shape);
        try (Call call = Call.begin()) {
            bytes(call, tensor, size).copyFrom(source);
            return tensor;
        }
    }

    private static long bytes(DType dtype, Shape shape) {
        long elements = shape.elements();
        if (elements > Long.MAX_VALUE / dtype.byteSize()) {
            throw new IllegalArgumentException(
                    "shape " + shape + " of " + dtype.torchName() + " has more bytes than a 64-bit number can count");
        }
        return elements * dtype.byteSize();
    }

    private static MemorySegment bytes(Call call, Tensor tensor, long size) {
        if (size == 0) {
            return MemorySegment.NULL;
        }
        call.check(MmTorch.mmt_tensor_data(call.in(tensor), size, call.out(), call.error()));
        return call.out().get(ValueLayout.ADDRESS, 0).reinterpret(size);
    }
}
