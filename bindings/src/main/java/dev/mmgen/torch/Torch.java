package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Factories of tensors, joins, and the modes of the library.
 */
public final class Torch {

    private static final int ARANGE_PIECE = 1 << 20;

    private Torch() {}

    /** Returns a tensor with undefined values: what its memory held before. */
    public static Tensor empty(DType dtype, Device device, Shape shape) {
        try (Call call = Call.begin()) {
            long[] sizes = shape.toArray();
            return call.tensor(MmTorch.mmt_empty(
                    call.longs(sizes),
                    sizes.length,
                    dtype.code(),
                    device.type().code(),
                    device.index(),
                    call.out(),
                    call.error()));
        }
    }

    /** Returns a tensor with one value everywhere. */
    public static Tensor full(double value, DType dtype, Device device, Shape shape) {
        try (Call call = Call.begin()) {
            long[] sizes = shape.toArray();
            return call.tensor(MmTorch.mmt_full(
                    call.longs(sizes),
                    sizes.length,
                    value,
                    dtype.code(),
                    device.type().code(),
                    device.index(),
                    call.out(),
                    call.error()));
        }
    }

    /** Returns a float32 tensor of zeros in main memory. */
    public static Tensor zeros(long... sizes) {
        return full(0, DType.FLOAT32, Device.CPU, Shape.of(sizes));
    }

    /** Returns a float32 tensor of ones in main memory. */
    public static Tensor ones(long... sizes) {
        return full(1, DType.FLOAT32, Device.CPU, Shape.of(sizes));
    }

    /** Returns a float32 scalar. */
    public static Tensor scalar(double value) {
        return full(value, DType.FLOAT32, Device.CPU, Shape.of());
    }

    /** Returns a float32 tensor with these values, row-major. Without sizes it is a vector. */
    public static Tensor tensor(float[] values, long... sizes) {
        return HostCopy.write(DType.FLOAT32, shape(values.length, sizes), MemorySegment.ofArray(values));
    }

    /** Returns a float64 tensor with these values, row-major. Without sizes it is a vector. */
    public static Tensor tensor(double[] values, long... sizes) {
        return HostCopy.write(DType.FLOAT64, shape(values.length, sizes), MemorySegment.ofArray(values));
    }

    /** Returns an int64 tensor with these values, row-major. Without sizes it is a vector. */
    public static Tensor tensor(long[] values, long... sizes) {
        return HostCopy.write(DType.INT64, shape(values.length, sizes), MemorySegment.ofArray(values));
    }

    /** Returns a uint8 tensor with these values, row-major. Without sizes it is a vector. */
    public static Tensor tensor(byte[] values, long... sizes) {
        return HostCopy.write(DType.UINT8, shape(values.length, sizes), MemorySegment.ofArray(values));
    }

    /**
     * Returns a tensor with the remaining bytes of a buffer, row-major and in native byte order.
     *
     * @throws IllegalArgumentException if their number does not fit type and shape
     */
    public static Tensor tensor(ByteBuffer bytes, DType dtype, Shape shape) {
        return HostCopy.write(dtype, shape, MemorySegment.ofBuffer(bytes));
    }

    private static Shape shape(int length, long[] sizes) {
        return sizes.length == 0 ? Shape.of(length) : Shape.of(sizes);
    }

    /**
     * Returns the int64 vector 0, 1, ... count - 1.
     *
     * @throws IllegalArgumentException if the count is negative
     */
    public static Tensor arange(int count) {
        if (count < 0) {
            throw new IllegalArgumentException("arange of " + count + " numbers; the count must be at least 0");
        }
        // Piece by piece, since the Java heap may be smaller than the memory.
        return TensorScope.keeping(() -> {
            Tensor numbers = empty(DType.INT64, Device.CPU, Shape.of(count));
            for (long start = 0; start < count; start += ARANGE_PIECE) {
                long first = start;
                long[] piece = new long[(int) Math.min(ARANGE_PIECE, count - start)];
                Arrays.setAll(piece, i -> first + i);
                try (TensorScope _ = TensorScope.open()) {
                    numbers.slice(0, start, start + piece.length).copy_(tensor(piece));
                }
            }
            return numbers;
        });
    }

    /** Joins tensors along an existing dimension. */
    public static Tensor cat(List<Tensor> tensors, int dim) {
        List<Tensor> own = Call.copyOf(tensors);
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_cat(call.in(own), own.size(), dim, call.out(), call.error()));
        }
    }

    /** Joins tensors of one shape along a new dimension. */
    public static Tensor stack(List<Tensor> tensors, int dim) {
        List<Tensor> own = Call.copyOf(tensors);
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_stack(call.in(own), own.size(), dim, call.out(), call.error()));
        }
    }

    /** Draws uniformly from [0, 1). A null generator is the process-wide one. */
    public static Tensor rand(@Nullable Generator generator, DType dtype, long... sizes) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_rand(
                    call.longs(sizes), sizes.length, dtype.code(), call.in(generator), call.out(), call.error()));
        }
    }

    /** Draws from the standard normal distribution. A null generator is the process-wide one. */
    public static Tensor randn(@Nullable Generator generator, DType dtype, long... sizes) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_randn(
                    call.longs(sizes), sizes.length, dtype.code(), call.in(generator), call.out(), call.error()));
        }
    }

    /** Draws whole numbers {@code low <= n < high}, int64. */
    public static Tensor randint(@Nullable Generator generator, long low, long high, long... sizes) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_randint(
                    low, high, call.longs(sizes), sizes.length, call.in(generator), call.out(), call.error()));
        }
    }

    /** Draws an order of the numbers 0 to count - 1, int64. */
    public static Tensor randperm(@Nullable Generator generator, long count) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_randperm(count, call.in(generator), call.out(), call.error()));
        }
    }

    /** Overwrites a tensor with draws from [low, high). */
    public static Tensor uniform_(Tensor tensor, double low, double high, @Nullable Generator generator) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_uniform_(call.in(tensor), low, high, call.in(generator), call.error()));
        }
        return tensor;
    }

    /** Overwrites a tensor with draws from a normal distribution. */
    public static Tensor normal_(Tensor tensor, double mean, double deviation, @Nullable Generator generator) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_normal_(call.in(tensor), mean, deviation, call.in(generator), call.error()));
        }
        return tensor;
    }

    /** Starts the process-wide generator anew, as {@code torch.manual_seed} does for the CPU. */
    public static void manualSeed(long seed) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_generator_seed(0, seed, call.error()));
        }
    }

    /** Stops recording for gradients on this thread until the mode is closed. */
    public static GradMode noGrad() {
        return GradMode.set(false);
    }

    /** Records for gradients on this thread until the mode is closed, also inside {@link #noGrad}. */
    public static GradMode enableGrad() {
        return GradMode.set(true);
    }

    /**
     * Sets the number of threads that one operator may use, when this thread calls it, or one that has called none yet. Threads that have
     * keep their number.
     *
     * @param count from 1 to 1024; more than the machine has cores makes operators slower
     * @throws TorchException if it lies outside, or the system does not start as many threads in this process
     */
    public static void setThreads(int count) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_set_threads(count, call.error()));
        }
    }

    /** Returns the number of threads that one operator may use when this thread calls it. */
    public static int threads() {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_threads(call.out(), call.error()));
            return call.outInt();
        }
    }

    /** Returns the number of CUDA devices; 0 where libtorch or the machine has none. */
    public static int cudaDevices() {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_cuda_devices(call.out(), call.error()));
            return call.outInt();
        }
    }

    /** Waits until a device has done its work; for the CPU there is nothing to wait for. */
    public static void synchronize(Device device) {
        if (device.type() == Device.Type.CUDA) {
            try (Call call = Call.begin()) {
                call.check(MmTorch.mmt_cuda_synchronize(device.index(), call.error()));
            }
        }
    }

    /** Returns libtorch's own description of its build: compiler, BLAS, vector unit, threads. */
    public static String describeBuild() {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_describe_build(call.out(), call.error()));
            String text = call.outText();
            return text == null ? "" : text;
        }
    }

    /** Returns the number of open tensors in this process: a figure that must come back to where it was. */
    public static long liveTensors() {
        return Tensor.live();
    }
}
