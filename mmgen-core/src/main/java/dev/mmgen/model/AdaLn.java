package dev.mmgen.model;

import dev.mmgen.torch.Device;
import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import java.util.List;

/**
 * The modulations of one layer: shifts, scales and gates that depend on time, class and task, but not on the tokens.
 *
 * <p>They hold one row for all samples, {@code [1, 1, width]}, one row each, {@code [N, 1, width]}, or, where times differ
 * from token to token, {@code [N, T, width]}.
 */
final class AdaLn {

    private static final double EPS = 1e-6;

    private final Tensor packed;
    private final List<Tensor> parts;

    /**
     * Splits what the modulation map gave.
     *
     * @param packed {@code [N, count * width]} or {@code [N, T, count * width]}
     */
    AdaLn(Tensor packed, int count) {
        Tensor perToken = packed.rank() == 2 ? packed.unsqueeze(1) : packed;
        this.packed = packed;
        this.parts = perToken.chunk(count, -1);
    }

    /** Keeps the modulations past a scope's end. */
    AdaLn keepFrom(TensorScope scope) {
        scope.keep(packed);
        parts.forEach(scope::keep);
        return this;
    }

    /** Returns the modulations of one row, or of a row per sample. */
    AdaLn select(Tensor rows) {
        return new AdaLn(packed.indexSelect(0, rows), parts.size());
    }

    /** Takes the modulations out of all scopes. */
    void unscoped() {
        packed.unscoped();
        parts.forEach(Tensor::unscoped);
    }

    /** Returns the size in memory; the parts are views. */
    long bytes() {
        return packed.elements() * packed.dtype().byteSize();
    }

    Device device() {
        return packed.device();
    }

    void close() {
        parts.forEach(Tensor::close);
        packed.close();
    }

    /** Returns {@code norm(tokens) * (1 + scale) + shift} with the parts at those places. */
    Tensor normalise(Tensor tokens, int shift, int scale) {
        return Functional.modulate(tokens, parts.get(shift), parts.get(scale), EPS);
    }

    /** Returns {@code tokens + gate * change} with the part at that place. */
    Tensor addGated(Tensor tokens, int gate, Tensor change) {
        return Functional.addGated(tokens, parts.get(gate), change);
    }
}
