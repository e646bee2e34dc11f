package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;

/**
 * A matrix in the blocks in which the processor multiplies fastest: for linear maps on the CPU, in float32 and bfloat16, without
 * gradients. A plain matrix is laid out so anew in every product, which costs a transformer of 256 tokens 5 to 20 % of its time.
 *
 * <p>It holds the numbers of the matrix it was made from, once more. It is freed with its object.
 */
public final class PackedMatrix implements PreparedMatrix {

    private static final Cleaner CLEANER = Cleaner.create();

    private final Handle handle;

    private PackedMatrix(Handle handle) {
        this.handle = handle;
        CLEANER.register(this, handle::close);
    }

    /** Returns true for a row-major matrix that can be packed. */
    public static boolean canPack(Tensor matrix) {
        return matrix.rank() == 2
                && matrix.elements() > 0
                && matrix.device().type() == Device.Type.CPU
                && (matrix.dtype() == DType.FLOAT32 || matrix.dtype() == DType.BFLOAT16)
                && matrix.isContiguous();
    }

    /**
     * Packs a matrix.
     *
     * @param matrix {@code [out, in]}, see {@link #canPack}
     * @param rows   the rows that inputs will have, about; others are multiplied as well, perhaps slower
     * @throws TorchException if the matrix is of another kind, or this libtorch or processor has no blocks
     */
    public static PackedMatrix of(Tensor matrix, long rows) {
        try (GradMode _ = Torch.noGrad();
                Call call = Call.begin()) {
            call.check(MmTorch.mmt_pack(call.in(matrix), rows, call.out(), call.error()));
            return new PackedMatrix(new Handle("packed matrix", call.outLong(), MmTorch::mmt_packed_free));
        }
    }

    @Override
    public @Nullable Tensor linear(Tensor input, @Nullable Tensor bias) {
        return linear(input, bias, false);
    }

    @Override
    public @Nullable Tensor linearGelu(Tensor input, @Nullable Tensor bias) {
        return linear(input, bias, true);
    }

    private @Nullable Tensor linear(Tensor input, @Nullable Tensor bias, boolean gelu) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_packed_linear(
                    call.in(input), call.in(handle), call.inOrNone(bias), gelu ? 1 : 0, call.out(), call.error()));
            long result = call.outLong();
            return result == 0 ? null : call.adopt(result);
        }
    }

    /** Returns the plain matrix, {@code [out, in]}, with the bits that were packed. */
    public Tensor unpack() {
        try (GradMode _ = Torch.noGrad();
                Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_unpack(call.in(handle), call.out(), call.error()));
        }
    }
}
