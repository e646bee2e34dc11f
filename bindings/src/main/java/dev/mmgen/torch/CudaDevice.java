package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * A GPU as a library beside libtorch sees it, NCCL: addresses in its memory, libtorch's stream and points in that stream. Not for
 * arithmetic, which is libtorch's own.
 *
 * @param index of the device; what libtorch has no device for is libtorch's own exception
 */
record CudaDevice(int index) {

    /**
     * Looks up what this needs of libtorch_cuda and the CUDA runtime.
     *
     * @throws TorchException if libtorch is one without CUDA
     */
    static void requireAvailable() {
        Libtorch.load();
        Path folder = Libtorch.describe().folder();
        String library = System.mapLibraryName("torch_cuda");
        bind(folder == null ? Path.of(library) : folder.resolve(library), Device.Type.CUDA);
    }

    /** Looks it up in a library; those of tests keep their tensors in main memory. */
    static void bind(Path library, Device.Type memory) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_cuda_bind(call.text(library.toString()), memory.code(), call.error()));
        }
    }

    /** Makes this the thread's current device until the guard is closed, on the same thread. */
    Guard enter() {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_cuda_enter(index, call.out(), call.error()));
            return new Guard(call.outLong());
        }
    }

    /** The time in which a device is the thread's current one. */
    record Guard(long address) implements AutoCloseable {
        @Override
        public void close() {
            MmTorch.mmt_cuda_leave(address);
        }
    }

    /** The stream on which libtorch puts this thread's work. */
    MemorySegment stream() {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_cuda_stream(index, call.out(), call.error()));
            return call.out().get(ValueLayout.ADDRESS, 0);
        }
    }

    /** A second handle of a tensor, to keep its memory with. */
    static Handle keep(Tensor tensor) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_tensor_alias(call.in(tensor), call.out(), call.error()));
            return new Handle("tensor of an exchange", call.outLong(), MmTorch::mmt_tensor_free);
        }
    }

    /**
     * The address of a row-major tensor in this device's memory, for as long as the tensor is kept.
     *
     * @param bytes   that it has
     * @param written whether they are about to be written
     */
    MemorySegment address(Handle tensor, long bytes, boolean written) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_cuda_data(call.in(tensor), index, bytes, written ? 1 : 0, call.out(), call.error()));
            return call.out().get(ValueLayout.ADDRESS, 0);
        }
    }

    /** An event behind all that a stream of the current device was given so far. */
    static Handle eventBehind(MemorySegment stream) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_cuda_event_new(stream, call.out(), call.error()));
            return new Handle("event", call.outLong(), MmTorch::mmt_cuda_event_free);
        }
    }

    /** Returns true once a stream has come to an event; does not wait. */
    static boolean isPast(Handle event) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_cuda_event_done(call.in(event), call.out(), call.error()));
            return call.outInt() != 0;
        }
    }
}
