package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;

/**
 * Comparisons of each element; the results are boolean tensors. Operands broadcast.
 */
public sealed interface Comparison permits Tensor {

    /** Returns true where both are equal. NaN equals nothing. */
    default Tensor eq(Tensor other) {
        return Call.binary(MmTorch::mmt_eq, (Tensor) this, other);
    }

    /** Returns true where both differ. */
    default Tensor ne(Tensor other) {
        return Call.binary(MmTorch::mmt_ne, (Tensor) this, other);
    }

    /** Returns true where this is smaller. */
    default Tensor lt(Tensor other) {
        return Call.binary(MmTorch::mmt_lt, (Tensor) this, other);
    }

    /** Returns true where this is smaller or equal. */
    default Tensor le(Tensor other) {
        return Call.binary(MmTorch::mmt_le, (Tensor) this, other);
    }

    /** Returns true where this is larger. */
    default Tensor gt(Tensor other) {
        return Call.binary(MmTorch::mmt_gt, (Tensor) this, other);
    }

    /** Returns true where this is larger or equal. */
    default Tensor ge(Tensor other) {
        return Call.binary(MmTorch::mmt_ge, (Tensor) this, other);
    }

    /** Returns true where both are true (nonzero). */
    default Tensor logicalAnd(Tensor other) {
        return Call.binary(MmTorch::mmt_logical_and, (Tensor) this, other);
    }

    /** Returns true where this is false (zero). */
    default Tensor logicalNot() {
        return Call.unary(MmTorch::mmt_logical_not, (Tensor) this);
    }

    /** Returns true where this is neither infinite nor NaN. */
    default Tensor isFinite() {
        return Call.unary(MmTorch::mmt_isfinite, (Tensor) this);
    }

    /** Returns {@code yes} where this boolean tensor is true and {@code no} elsewhere. */
    default Tensor where(Tensor yes, Tensor no) {
        try (Call call = Call.begin()) {
            return call.tensor(
                    MmTorch.mmt_where(call.in((Tensor) this), call.in(yes), call.in(no), call.out(), call.error()));
        }
    }
}
