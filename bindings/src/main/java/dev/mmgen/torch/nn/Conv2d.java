package dev.mmgen.torch.nn;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;

/** Square filters over images {@code [N, C, H, W]}. */
public final class Conv2d extends Module implements Layer {

    private final long inputs;
    private final long outputs;
    private final int kernel;
    private final int stride;
    private final int padding;
    private final Parameter weight;
    private final Parameter bias;

    /** Starts uniform within {@code 1 / sqrt(inputs * kernel²)}, as PyTorch does. */
    public Conv2d(long inputs, long outputs, int kernel, int stride, int padding) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.kernel = kernel;
        this.stride = stride;
        this.padding = padding;
        Init init = Init.uniform(1 / Math.sqrt((double) inputs * kernel * kernel));
        this.weight = parameter("weight", Shape.of(outputs, inputs, kernel, kernel), init);
        this.bias = parameter("bias", Shape.of(outputs), init);
    }

    /** Maps {@code [N, inputs, H, W]} to {@code [N, outputs, H', W']}. */
    @Override
    public Tensor forward(Tensor input) {
        return Functional.conv2d(input, weight.value(), bias.value(), stride, padding, 1);
    }

    /** Returns the filters, {@code [outputs, inputs, kernel, kernel]}. */
    public Parameter weight() {
        return weight;
    }

    /** Returns the offset, {@code [outputs]}. */
    public Parameter bias() {
        return bias;
    }

    @Override
    protected String settings() {
        return inputs + " -> " + outputs + ", kernel " + kernel + ", stride " + stride + ", padding " + padding;
    }
}
