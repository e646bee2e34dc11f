package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * A matrix in eight bits, for linear maps on the CPU without gradients: a signed byte for each number and a scale for each output.
 * Inputs, in float32 or bfloat16, become bytes as well, with a scale for each row, and the result has their type again. A product differs
 * from the exact one by about 1 % of its own root mean square where neither side has outliers.
 *
 * <p>It is made from a plain matrix and keeps none of it. It is freed with its object.
 */
public final class QuantizedMatrix extends PreparedMatrix {

    private QuantizedMatrix(Handle handle) {
        super(handle, MmTorch::mmt_quantized_linear);
    }

    /** Tries products of bytes out when somebody first wants them, and says once why they are not to be had. */
    private static final class Trial {

        private static final Logger LOG = System.getLogger(QuantizedMatrix.class.getName());

        static final @Nullable String REFUSAL = run();

        private static @Nullable String run() {
            try (Call call = Call.begin()) {
                call.check(MmTorch.mmt_quantized_check(call.error()));
                return null;
            } catch (TorchException refused) {
                LOG.log(
                        Level.WARNING,
                        "Eight bits (--dtype int8, DType.INT8) are not available, so the model computes in the type of its weights: "
                                + refused.getMessage());
                return refused.getMessage();
            }
        }
    }

    /**
     * Returns true if this libtorch multiplies bytes and this processor does so exactly (x86: with VNNI). The first time that it is
     * false, the reason is logged.
     */
    public static boolean isAvailable() {
        return Trial.REFUSAL == null;
    }

    /** Returns true for a row-major matrix that can be quantized where that {@linkplain #isAvailable is available}. */
    public static boolean canQuantize(Tensor matrix) {
        return PackedMatrix.canPack(matrix) && matrix.size(1) <= 65_536;
    }

    /**
     * Quantizes a matrix: each row becomes {@code round(row / scale)} with {@code scale = max |row| / 127}. Scales and sums are float32:
     * the largest of a matrix times 10^9 must be a number.
     *
     * @param matrix {@code [out, in]}, see {@link #canQuantize}
     * @throws TorchException if the matrix is of another kind, or eight bits are not available here
     */
    public static QuantizedMatrix of(Tensor matrix) {
        try (GradMode _ = Torch.noGrad();
                Call call = Call.begin()) {
            call.check(MmTorch.mmt_quantize(call.in(matrix), call.out(), call.error()));
            return new QuantizedMatrix(new Handle("quantized matrix", call.outLong(), MmTorch::mmt_quantized_free));
        }
    }
}
