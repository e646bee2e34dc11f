package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;

/**
 * Sums and products. With a number in place of a tensor, floating tensors keep their type; an integer tensor becomes
 * float64, since only numbers with a fraction cross here (PyTorch would give float32): cast it first.
 */
public sealed interface Arithmetic permits Tensor {

    /** Returns {@code this + other}. */
    default Tensor add(Tensor other) {
        return addScaled(other, 1.0);
    }

    /** Returns {@code this - other}. */
    default Tensor sub(Tensor other) {
        return addScaled(other, -1.0);
    }

    /** Returns {@code this + factor * other} in one pass. */
    default Tensor addScaled(Tensor other, double factor) {
        try (Call call = Call.begin()) {
            return call.tensor(
                    MmTorch.mmt_add(call.in((Tensor) this), call.in(other), factor, call.out(), call.error()));
        }
    }

    /** Returns {@code this * other}. */
    default Tensor mul(Tensor other) {
        return Call.binary(MmTorch::mmt_mul, (Tensor) this, other);
    }

    /** Returns {@code this / other}; integers divide to float32. */
    default Tensor div(Tensor other) {
        return Call.binary(MmTorch::mmt_div, (Tensor) this, other);
    }

    /** Returns the matrix product over the last two dimensions; the others broadcast, as {@link Functional#matmul} does. */
    default Tensor matmul(Tensor other) {
        return Functional.matmul((Tensor) this, other);
    }

    /** Returns {@code this} to the power {@code other}. */
    default Tensor pow(Tensor other) {
        return Call.binary(MmTorch::mmt_pow, (Tensor) this, other);
    }

    /** Returns the smaller of both. */
    default Tensor minimum(Tensor other) {
        return Call.binary(MmTorch::mmt_minimum, (Tensor) this, other);
    }

    /** Returns the larger of both. */
    default Tensor maximum(Tensor other) {
        return Call.binary(MmTorch::mmt_maximum, (Tensor) this, other);
    }

    /** Returns the angle of the point ({@code other}, {@code this}) in radians. */
    default Tensor atan2(Tensor other) {
        return Call.binary(MmTorch::mmt_atan2, (Tensor) this, other);
    }

    /** Returns {@code this + number}. */
    default Tensor add(double number) {
        return Call.withNumber(MmTorch::mmt_add_scalar, (Tensor) this, number);
    }

    /** Returns {@code this - number}. */
    default Tensor sub(double number) {
        return Call.withNumber(MmTorch::mmt_add_scalar, (Tensor) this, -number);
    }

    /** Returns {@code this * number}. */
    default Tensor mul(double number) {
        return Call.withNumber(MmTorch::mmt_mul_scalar, (Tensor) this, number);
    }

    /** Returns {@code this / number}. */
    default Tensor div(double number) {
        return Call.withNumber(MmTorch::mmt_div_scalar, (Tensor) this, number);
    }

    /** Returns {@code this} to the power {@code number}. */
    default Tensor pow(double number) {
        return Call.withNumber(MmTorch::mmt_pow_scalar, (Tensor) this, number);
    }

    /** Returns {@code this + weight * (end - this)}: 0 gives this, 1 gives the end. */
    default Tensor lerp(Tensor end, double weight) {
        try (Call call = Call.begin()) {
            return call.tensor(
                    MmTorch.mmt_lerp(call.in((Tensor) this), call.in(end), weight, call.out(), call.error()));
        }
    }

    /**
     * Adds {@code left * right} to this tensor in place, in one pass over memory. Not recorded for gradients.
     *
     * @return this
     */
    default Tensor addProduct_(Tensor left, Tensor right) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_addcmul_(call.in((Tensor) this), call.in(left), call.in(right), call.error()));
        }
        return (Tensor) this;
    }

    /**
     * Multiplies this tensor in place.
     *
     * @return this
     */
    default Tensor mul_(Tensor other) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_mul_(call.in((Tensor) this), call.in(other), call.error()));
        }
        return (Tensor) this;
    }

    /**
     * Moves this tensor towards {@code end} in place, as {@link #lerp} does.
     *
     * @return this
     */
    default Tensor lerp_(Tensor end, double weight) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_lerp_(call.in((Tensor) this), call.in(end), weight, call.error()));
        }
        return (Tensor) this;
    }

    /**
     * Sets every element.
     *
     * @return this
     */
    default Tensor fill_(double value) {
        try (Call call = Call.begin()) {
            call.check(MmTorch.mmt_fill_(call.in((Tensor) this), value, call.error()));
        }
        return (Tensor) this;
    }
}
