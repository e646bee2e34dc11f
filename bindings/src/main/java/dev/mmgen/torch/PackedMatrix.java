package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;

/**
 * A matrix in the blocks in which the processor multiplies fastest: for linear maps on the CPU, in float32 and bfloat16, without
 * gradients. A plain matrix is laid out so anew in every product, which costs a transformer of 256 tokens 5 to 20 % of its time.
 *
 * <p>It holds the numbers of the matrix it was made from, once more. It is freed with its object.
 */
public final class PackedMatrix extends PreparedMatrix {

    private PackedMatrix(Handle handle) {
        super(handle, MmTorch::mmt_packed_linear);
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

    /** Returns the plain matrix, {@code [out, in]}, with the bits that were packed. */
    public Tensor unpack() {
        try (GradMode _ = Torch.noGrad();
                Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_unpack(call.in(handle()), call.out(), call.error()));
        }
    }
}
