package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;

/**
 * Questions to each element; the answers are boolean tensors.
 */
public sealed interface Comparison permits Tensor {

    /** True where both are equal. */
    default Tensor eq(Tensor other) {
        return Call.binary(MmTorch::mmt_eq, (Tensor) this, other);
    }

    /** True where both differ. */
    default Tensor ne(Tensor other) {
        return Call.binary(MmTorch::mmt_ne, (Tensor) this, other);
    }

    /** True where this is smaller. */
    default Tensor lt(Tensor other) {
        return Call.binary(MmTorch::mmt_lt, (Tensor) this, other);
    }

    /** True where this is not larger. */
    default Tensor le(Tensor other) {
        return Call.binary(MmTorch::mmt_le, (Tensor) this, other);
    }

    /** True where this is larger. */
    default Tensor gt(Tensor other) {
        return Call.binary(MmTorch::mmt_gt, (Tensor) this, other);
    }

    /** True where this is not smaller. */
    default Tensor ge(Tensor other) {
        return Call.binary(MmTorch::mmt_ge, (Tensor) this, other);
    }

    /** True where both are. */
    default Tensor logicalAnd(Tensor other) {
        return Call.binary(MmTorch::mmt_logical_and, (Tensor) this, other);
    }

    /** True where this is false. */
    default Tensor logicalNot() {
        return Call.unary(MmTorch::mmt_logical_not, (Tensor) this);
    }

    /** True where this is neither infinite nor NaN. */
    default Tensor isFinite() {
        return Call.unary(MmTorch::mmt_isfinite, (Tensor) this);
    }

    /** Takes {@code yes} where this boolean tensor is true and {@code no} elsewhere. */
    default Tensor where(Tensor yes, Tensor no) {
        try (Call call = Call.begin()) {
            return call.tensor(
                    MmTorch.mmt_where(call.in((Tensor) this), call.in(yes), call.in(no), call.out(), call.error()));
        }
    }
}
