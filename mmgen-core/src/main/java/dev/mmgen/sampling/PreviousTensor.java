package dev.mmgen.sampling;

import dev.mmgen.torch.Tensor;
import org.jspecify.annotations.Nullable;

/** The tensor that a method of two steps remembers from the step before. */
final class PreviousTensor implements AutoCloseable {

    private @Nullable Tensor tensor;

    boolean isEmpty() {
        return tensor == null;
    }

    /** Returns {@code value + reach * (value - previous)}: a point on the line through both. */
    Tensor extend(Tensor value, double reach) {
        return tensor == null ? value : value.addScaled(value.sub(tensor), reach);
    }

    /** Remembers a tensor in place of the one before; takes it out of all scopes. */
    void remember(Tensor value) {
        close();
        tensor = value.unscoped();
    }

    @Override
    public void close() {
        if (tensor != null) {
            tensor.close();
        }
    }
}
