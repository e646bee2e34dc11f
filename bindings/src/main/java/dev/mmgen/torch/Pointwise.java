package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;

/**
 * Functions of each element on its own.
 */
public sealed interface Pointwise permits Tensor {

    /** Returns {@code -this}. */
    default Tensor neg() {
        return Call.unary(MmTorch::mmt_neg, (Tensor) this);
    }

    /** Returns the absolute value. */
    default Tensor abs() {
        return Call.unary(MmTorch::mmt_abs, (Tensor) this);
    }

    /** Returns e to the power of this. */
    default Tensor exp() {
        return Call.unary(MmTorch::mmt_exp, (Tensor) this);
    }

    /** Returns the natural logarithm. */
    default Tensor log() {
        return Call.unary(MmTorch::mmt_log, (Tensor) this);
    }

    /** Returns the square root. */
    default Tensor sqrt() {
        return Call.unary(MmTorch::mmt_sqrt, (Tensor) this);
    }

    /** Returns one over the square root. */
    default Tensor rsqrt() {
        return Call.unary(MmTorch::mmt_rsqrt, (Tensor) this);
    }

    /** Returns the sine; radians. */
    default Tensor sin() {
        return Call.unary(MmTorch::mmt_sin, (Tensor) this);
    }

    /** Returns the cosine; radians. */
    default Tensor cos() {
        return Call.unary(MmTorch::mmt_cos, (Tensor) this);
    }

    /** Returns the inverse cosine in radians. */
    default Tensor acos() {
        return Call.unary(MmTorch::mmt_acos, (Tensor) this);
    }

    /** Returns the largest whole number that is not larger. */
    default Tensor floor() {
        return Call.unary(MmTorch::mmt_floor, (Tensor) this);
    }

    /** Returns the nearest whole number; halves go to the even one. */
    default Tensor round() {
        return Call.unary(MmTorch::mmt_round, (Tensor) this);
    }

    /** Returns the hyperbolic tangent. */
    default Tensor tanh() {
        return Call.unary(MmTorch::mmt_tanh, (Tensor) this);
    }

    /** Returns {@code 1 / (1 + exp(-this))}. */
    default Tensor sigmoid() {
        return Call.unary(MmTorch::mmt_sigmoid, (Tensor) this);
    }

    /** Returns {@code this * sigmoid(this)}. */
    default Tensor silu() {
        return Call.unary(MmTorch::mmt_silu, (Tensor) this);
    }

    /** Returns the larger of this and 0. */
    default Tensor relu() {
        return Call.unary(MmTorch::mmt_relu, (Tensor) this);
    }

    /** Returns {@code this * Phi(this)} with the normal distribution function Phi. */
    default Tensor gelu() {
        return gelu(false);
    }

    /** Returns the tanh approximation of {@link #gelu()}, which the transformer uses. */
    default Tensor geluTanh() {
        return gelu(true);
    }

    private Tensor gelu(boolean tanhForm) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_gelu(call.in((Tensor) this), tanhForm ? 1 : 0, call.out(), call.error()));
        }
    }

    /** Returns this, limited to the range from {@code low} to {@code high}, both included. */
    default Tensor clamp(double low, double high) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_clamp(call.in((Tensor) this), low, high, call.out(), call.error()));
        }
    }
}
