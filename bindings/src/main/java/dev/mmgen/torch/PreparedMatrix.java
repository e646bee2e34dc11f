package dev.mmgen.torch;

import org.jspecify.annotations.Nullable;

/** A matrix laid out beforehand for linear maps on the CPU without gradients: in its own type, or in eight bits. */
public sealed interface PreparedMatrix permits PackedMatrix, QuantizedMatrix {

    /**
     * Returns {@code input · matrixᵀ + bias}, or null if gradients are recorded or the arguments are of another type, size or place: then
     * a product by the plain matrix says what it makes of them.
     *
     * @param input {@code [..., in]}
     * @param bias  {@code [out]} or null
     * @return {@code [..., out]}
     */
    @Nullable
    Tensor linear(Tensor input, @Nullable Tensor bias);

    /** Returns the tanh form of GELU of what {@link #linear} returns, or null likewise. */
    @Nullable
    Tensor linearGelu(Tensor input, @Nullable Tensor bias);
}
