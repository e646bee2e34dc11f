package dev.mmgen.torch.nn;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import org.jspecify.annotations.Nullable;

/** An affine map of the last dimension: {@code x · weightᵀ + bias}. It can carry a {@link LowRank} correction. */
public final class Linear extends Module implements Layer {

    private final long inputs;
    private final long outputs;
    private final Parameter weight;
    private final Parameter bias;
    private @Nullable LowRank correction;

    /** Starts uniform within {@code 1 / sqrt(inputs)}, as PyTorch does. */
    public Linear(long inputs, long outputs) {
        this.inputs = inputs;
        this.outputs = outputs;
        Init init = Init.uniform(1 / Math.sqrt((double) inputs));
        this.weight = parameter("weight", Shape.of(outputs, inputs), init);
        this.bias = parameter("bias", Shape.of(outputs), init);
    }

    /** Maps {@code [..., inputs]} to {@code [..., outputs]}. */
    @Override
    public Tensor forward(Tensor input) {
        LowRank added = correction;
        if (added == null) {
            return Functional.linear(input, weight.value(), bias.value());
        }
        return TensorScope.keeping(() -> added.addTo(Functional.linear(input, weight.value(), bias.value()), input));
    }

    /** Maps and applies the tanh form of GELU, in one pass where nothing stands between. */
    Tensor forwardGelu(Tensor input) {
        if (correction == null || correction.isMerged()) {
            return Functional.linearGelu(input, weight.value(), bias.value());
        }
        return TensorScope.keeping(() -> forward(input).geluTanh());
    }

    /**
     * Gives this map a correction. It has no values yet: {@link LowRank#initialize} it, or load them with the weights.
     *
     * @param rank  at least 1, at most the smaller side of the matrix
     * @param scale factor of the product
     * @throws IllegalStateException if the map is corrected already
     */
    public LowRank correct(int rank, double scale) {
        if (correction != null) {
            throw new IllegalStateException("this map of " + settings() + " has a low-rank correction already");
        }
        if (rank < 1 || rank > Math.min(inputs, outputs)) {
            throw new IllegalArgumentException("a correction of rank " + rank + " for a map of " + settings()
                    + "; it must be from 1 to " + Math.min(inputs, outputs));
        }
        Parameter down = parameter(LowRank.DOWN, Shape.of(rank, inputs), Init.uniform(1 / Math.sqrt((double) inputs)));
        Parameter up = parameter(LowRank.UP, Shape.of(outputs, rank), Init.ZEROS);
        LowRank added = new LowRank(this, down, up, scale);
        correction = added;
        return added;
    }

    /** Returns the correction, null if there is none. */
    public @Nullable LowRank correction() {
        return correction;
    }

    /** Drops the correction and frees its parameters; what was merged stays in the matrix. */
    public void dropCorrection() {
        correction = null;
        remove(LowRank.DOWN);
        remove(LowRank.UP);
    }

    /** Returns the matrix, {@code [outputs, inputs]}. */
    public Parameter weight() {
        return weight;
    }

    /** Returns the offset, {@code [outputs]}. */
    public Parameter bias() {
        return bias;
    }

    @Override
    protected String settings() {
        return inputs + " -> " + outputs;
    }
}
