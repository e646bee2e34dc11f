package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One call across the C boundary. Each thread has one frame, reused for every call: room for results, error and arrays, and
 * the handles that the running call has acquired.
 *
 * <p>Everything is checked before it crosses: closed tensors, foreign threads and virtual threads are exceptions here.
 *
 * <p>The call owns what it passes: every tensor stays acquired and every byte of {@link #room} stays in place until it is
 * closed. No other memory crosses, and no code of the user runs in between: {@linkplain #copyOf lists} are copied before.
 */
final class Call implements AutoCloseable {

    interface Unary {
        int call(long self, MemorySegment out, MemorySegment error);
    }

    interface Binary {
        int call(long self, long other, MemorySegment out, MemorySegment error);
    }

    interface WithNumber {
        int call(long self, double number, MemorySegment out, MemorySegment error);
    }

    interface Reducing {
        int call(long self, MemorySegment dims, long count, int keep, MemorySegment out, MemorySegment error);
    }

    interface Finding {
        int call(long self, long dim, int keep, MemorySegment values, MemorySegment indices, MemorySegment error);
    }

    private static final ThreadLocal<Call> FRAME = ThreadLocal.withInitial(Call::new);

    private static final long OUT = 0;
    private static final long ERROR = 8;
    private static final long ARRAYS = 16;
    private static final long ROOM = 4096;

    // The frame is freed with its thread's ThreadLocal map: no thread has to close it.
    private final MemorySegment room = Arena.ofAuto().allocate(ROOM, 8);
    private final MemorySegment out = room.asSlice(OUT, 8);
    private final MemorySegment error = room.asSlice(ERROR, 8);
    private long used = ARRAYS;

    /** The owner of what {@link #room} gives out when the frame is full; closed with the call. */
    private @Nullable Arena overflow;

    private @Nullable Handle[] acquired = new @Nullable Handle[16];
    private int acquiredCount;
    private boolean running;

    private @Nullable TensorScope scope;

    private Call() {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException(
                    "tensors cannot be used on a virtual thread, because libtorch keeps its modes"
                            + " per operating system thread; run this work on a platform thread");
        }
        Libtorch.load();
        // The first use of each function sets it up in Java, for which a nearly full stack has no room.
        MmTorch.mmt_tensor_free(0);
        Warnings.keepThoseOfThisThread();
    }

    /**
     * Begins a call on this thread.
     *
     * @throws IllegalStateException on a virtual thread
     * @throws StackOverflowError    if the stack is so full that the call might not come back
     */
    static Call begin() {
        Call call = FRAME.get();
        if (Stack.isShort()) {
            throw new StackOverflowError("less than 192 KB of stack are left for a call into libtorch");
        }
        if (call.running) {
            // Calls do not nest. A StackOverflowError kept the last one from being closed; it is over all the same.
            call.close();
        }
        call.running = true;
        return call;
    }

    /**
     * Copies a caller's list, once and before anything is checked: what becomes of it afterwards, or what its own class does
     * while it is read, no longer matters.
     */
    static List<Tensor> copyOf(List<Tensor> tensors) {
        Object[] items = tensors.toArray();
        for (int i = 0; i < items.length; i++) {
            if (!(items[i] instanceof Tensor)) {
                throw new IllegalArgumentException("item " + i + " of a list of tensors is "
                        + (items[i] == null
                                ? "null"
                                : "a " + items[i].getClass().getName()));
            }
        }
        return Stream.of(items).map(Tensor.class::cast).toList();
    }

    static Tensor unary(Unary function, Tensor self) {
        try (Call call = begin()) {
            return call.tensor(function.call(call.in(self), call.out, call.error));
        }
    }

    static Tensor binary(Binary function, Tensor self, Tensor other) {
        try (Call call = begin()) {
            return call.tensor(function.call(call.in(self), call.in(other), call.out, call.error));
        }
    }

    static Tensor withNumber(WithNumber function, Tensor self, double number) {
        try (Call call = begin()) {
            return call.tensor(function.call(call.in(self), number, call.out, call.error));
        }
    }

    static TensorScope openScope() {
        Call call = FRAME.get();
        TensorScope scope = TensorScope.inside(call.scope);
        call.scope = scope;
        return scope;
    }

    /** Returns the innermost open scope of this thread; null without one. */
    static @Nullable TensorScope innermostScope() {
        return FRAME.get().scope;
    }

    /** Makes {@code parent} the innermost scope and returns the one that was. */
    static @Nullable TensorScope leaveScope(@Nullable TensorScope parent) {
        Call call = FRAME.get();
        TensorScope innermost = call.scope;
        call.scope = parent;
        return innermost;
    }

    /** The innermost open scope of this thread. */
    @Nullable
    TensorScope scope() {
        return scope;
    }

    /** Acquires a tensor for this call. */
    long in(Tensor tensor) {
        return in(tensor.handle());
    }

    /** Acquires a tensor for this call; absent is 0. */
    long inOrNone(@Nullable Tensor tensor) {
        return tensor == null ? 0 : in(tensor.handle());
    }

    /** Acquires a generator for this call; absent is 0, the process-wide generator. */
    long in(@Nullable Generator generator) {
        return generator == null ? 0 : in(generator.handle());
    }

    long in(Handle handle) {
        if (acquiredCount == acquired.length) {
            acquired = Arrays.copyOf(acquired, acquiredCount * 2);
        }
        if (handle.acquire()) {
            acquired[acquiredCount++] = handle;
        }
        return handle.address();
    }

    /**
     * Acquires a list of tensors and returns the array of their handles.
     *
     * @param tensors a {@linkplain #copyOf copy} of the caller's
     */
    MemorySegment in(List<Tensor> tensors) {
        MemorySegment array = room(8L * tensors.size());
        for (int i = 0; i < tensors.size(); i++) {
            array.setAtIndex(ValueLayout.JAVA_LONG, i, in(tensors.get(i)));
        }
        return array;
    }

    MemorySegment longs(long... values) {
        MemorySegment array = room(8L * values.length);
        MemorySegment.copy(values, 0, array, ValueLayout.JAVA_LONG, 0, values.length);
        return array;
    }

    MemorySegment dims(int... dims) {
        MemorySegment array = room(8L * dims.length);
        for (int i = 0; i < dims.length; i++) {
            array.setAtIndex(ValueLayout.JAVA_LONG, i, dims[i]);
        }
        return array;
    }

    /** A zero-terminated text; one that contains a zero itself cannot cross. */
    MemorySegment text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        for (byte b : bytes) {
            if (b == 0) {
                throw new IllegalArgumentException("a text with a zero character cannot be passed to libtorch");
            }
        }
        MemorySegment text = room(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, text, ValueLayout.JAVA_BYTE, 0, bytes.length);
        text.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
        return text;
    }

    /** Uninitialised bytes that live until this call ends. */
    @SuppressWarnings("MustBeClosed") // close() does
    MemorySegment room(long bytes) {
        long start = (used + 7) & -8L;
        if (bytes > ROOM - start) {
            Arena arena = overflow;
            if (arena == null) {
                arena = Arena.ofConfined();
                overflow = arena;
            }
            return arena.allocate(Math.max(bytes, 8), 8);
        }
        used = start + bytes;
        return room.asSlice(start, bytes);
    }

    /** Where the function writes its result: eight bytes. */
    MemorySegment out() {
        return out;
    }

    MemorySegment error() {
        return error;
    }

    long outLong() {
        return out.get(ValueLayout.JAVA_LONG, 0);
    }

    int outInt() {
        return out.get(ValueLayout.JAVA_INT, 0);
    }

    double outDouble() {
        return out.get(ValueLayout.JAVA_DOUBLE, 0);
    }

    /** Takes the text that a function handed out, and frees it. */
    @Nullable
    String outText() {
        return takeText(out.get(ValueLayout.ADDRESS, 0));
    }

    /** Throws libtorch's message if the function failed. */
    void check(int status) {
        if (status != 0) {
            String message = takeText(error.get(ValueLayout.ADDRESS, 0));
            throw new TorchException(message == null ? "libtorch failed without a message" : message);
        }
    }

    /** Checks the status and takes ownership of the tensor in {@link #out}. */
    Tensor tensor(int status) {
        check(status);
        return adopt(outLong());
    }

    /** Wraps a new native tensor: it belongs to the innermost scope, or to the caller. */
    Tensor adopt(long address) {
        TensorScope home = scope;
        if (home == null) {
            Tensor tensor = Tensor.adopt(address, null);
            tensor.outliveScopes();
            return tensor;
        }
        Tensor tensor = Tensor.adopt(address, home.owner());
        home.add(tensor.handle());
        return tensor;
    }

    /** The question for the rest of the stack, asked without the change of thread state that other calls need: 3 ns, not 10. */
    private static final class Stack {
        private static final MethodHandle IS_SHORT = Linker.nativeLinker()
                .downcallHandle(
                        MmTorch.mmt_stack_is_short$address(),
                        MmTorch.mmt_stack_is_short$descriptor(),
                        Linker.Option.critical(false));

        static boolean isShort() {
            try {
                return (int) IS_SHORT.invokeExact() != 0;
            } catch (Throwable impossible) {
                throw new AssertionError(impossible);
            }
        }
    }

    static @Nullable String takeText(MemorySegment text) {
        if (text.address() == 0) {
            return null;
        }
        String value = text.reinterpret(Integer.MAX_VALUE).getString(0, StandardCharsets.UTF_8);
        MmTorch.mmt_free_text(text);
        return value;
    }

    @Override
    public void close() {
        while (acquiredCount > 0) {
            Handle handle = acquired[--acquiredCount];
            acquired[acquiredCount] = null;
            if (handle != null) {
                handle.release();
            }
        }
        Arena arena = overflow;
        if (arena != null) {
            overflow = null;
            arena.close();
        }
        used = ARRAYS;
        running = false;
        Warnings.logThoseThatWait();
    }
}
