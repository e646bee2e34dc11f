package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A multi-dimensional array of one element type, in main memory or on a GPU.
 *
 * <p>Its operators are grouped by topic, as the interfaces that it implements: {@link Arithmetic}, {@link Pointwise},
 * {@link Comparison}, {@link Reduction}, {@link Shaping}, {@link Transfer} and {@link Differentiable}. The layers of networks
 * are in {@link Functional}; {@link Torch} makes tensors. Unless an operator's name ends in an underscore, it leaves its
 * arguments alone and returns a new tensor, possibly a view of the same storage. Operands broadcast and promote as in PyTorch.
 *
 * <p>Tensors hold native memory. One that is born inside a {@link TensorScope} is freed by it; any other belongs to the
 * caller, who closes it, and is shared: any thread may use it. The garbage collector frees a tensor that nobody
 * closed, at a time of its own. Using a closed tensor is an {@link IllegalStateException}.
 */
public final class Tensor
        implements AutoCloseable, Arithmetic, Pointwise, Comparison, Reduction, Shaping, Transfer, Differentiable {

    private static final Cleaner CLEANER = Cleaner.create();
    private static final AtomicLong LIVE = new AtomicLong();

    private final Handle handle;
    private Cleaner.@Nullable Cleanable cleanable;
    private @Nullable Facts facts;

    /** The form of a tensor, which only an {@link Operator} can change; read from libtorch when first asked for. */
    private record Facts(DType dtype, Device device, boolean contiguous, Shape shape, long[] strides) {}

    private Tensor(Handle handle) {
        this.handle = handle;
    }

    /**
     * Takes ownership of a native tensor.
     *
     * @param owner the thread of the scope that is about to take it in; null if there is none
     */
    static Tensor adopt(long address, @Nullable Thread owner) {
        LIVE.getAndIncrement();
        return new Tensor(new Handle("tensor", address, Tensor::free, owner));
    }

    private static void free(long address) {
        LIVE.getAndDecrement();
        MmTorch.mmt_tensor_free(address);
    }

    static long live() {
        return LIVE.get();
    }

    Handle handle() {
        return handle;
    }

    /** Leaves this tensor to its holder, and to the cleaner should the holder forget it. */
    void outliveScopes() {
        cleanable = CLEANER.register(this, handle::close);
    }

    /**
     * Takes this tensor out of all scopes: from now on its holder closes it, and any thread may use it. One that is in no
     * scope stays as it is.
     *
     * @return this
     * @throws IllegalStateException if it belongs to a scope of another thread, or is closed
     */
    public Tensor unscoped() {
        if (handle.share()) {
            outliveScopes();
        }
        return this;
    }

    /** Forgets what was read of the form of this tensor, after an operator that may have changed it in place. */
    void forgetFacts() {
        facts = null;
    }

    /** Returns the element type. */
    public DType dtype() {
        return facts().dtype;
    }

    /** Returns where the elements are. */
    public Device device() {
        return facts().device;
    }

    /** Returns the sizes of the dimensions. */
    public Shape shape() {
        return facts().shape;
    }

    /** Returns the size of one dimension; a negative one counts from the end. */
    public long size(int dim) {
        return shape().size(dim);
    }

    /** Returns the number of dimensions. */
    public int rank() {
        return shape().rank();
    }

    /** Returns the number of elements. */
    public long elements() {
        return shape().elements();
    }

    /** Returns the distance of neighbours in elements, per dimension. */
    public long[] strides() {
        return facts().strides.clone();
    }

    /** Returns true if the elements lie row-major without gaps. */
    public boolean isContiguous() {
        return facts().contiguous;
    }

    private Facts facts() {
        Facts known = facts;
        if (known == null) {
            known = readFacts();
            facts = known;
        }
        return known;
    }

    private Facts readFacts() {
        try (Call call = Call.begin()) {
            MemorySegment room = call.room(8L * MmTorch.MMT_FACTS());
            call.check(MmTorch.mmt_tensor_facts(call.in(this), room, call.error()));
            long[] numbers = room.toArray(ValueLayout.JAVA_LONG);
            int rank = (int) numbers[4];
            long[] sizes = new long[rank];
            long[] strides = new long[rank];
            System.arraycopy(numbers, 5, sizes, 0, rank);
            System.arraycopy(numbers, 5 + rank, strides, 0, rank);
            return new Facts(
                    DType.ofCode((int) numbers[0]),
                    Device.of((int) numbers[1], (int) numbers[2]),
                    numbers[3] != 0,
                    Shape.of(sizes),
                    strides);
        }
    }

    /** Returns true if a {@link TensorScope} of this thread will free this tensor. */
    public boolean isScoped() {
        return !isOfOtherThread() && handle.scope() != null;
    }

    /** Returns true if this tensor belongs to a {@link TensorScope} of another thread, which alone can use it. */
    public boolean isOfOtherThread() {
        return handle.isOfOtherThread();
    }

    /** Returns true once this tensor is closed, by its holder or by its scope. */
    public boolean isClosed() {
        return handle.isClosed();
    }

    /** Frees this tensor now; its storage goes when its last view goes. Closing twice has no effect. */
    @Override
    public void close() {
        Cleaner.Cleanable registered = cleanable;
        if (registered != null) {
            registered.clean();
        } else {
            handle.close();
        }
    }

    /** Returns a line such as {@code Tensor[2, 16] float32 on cpu}. */
    @Override
    public String toString() {
        return handle.isClosed()
                ? "Tensor(closed)"
                : "Tensor" + shape() + " " + dtype().torchName() + " on " + device();
    }
}
