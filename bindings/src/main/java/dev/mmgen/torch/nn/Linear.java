package dev.mmgen.torch.nn;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;

/** An affine map of the last dimension: {@code x · weightᵀ + bias}. */
public final class Linear extends Module implements Layer {

    private final long inputs;
    private final long outputs;
    private final Parameter weight;
    private final Parameter bias;

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
        return Functional.linear(input, weight.value(), bias.value());
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
