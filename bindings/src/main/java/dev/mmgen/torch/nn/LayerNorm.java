package dev.mmgen.torch.nn;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;

/** Brings the last dimension to mean 0 and variance 1, then scales and shifts by learned vectors. */
public final class LayerNorm extends Module implements Layer {

    private final Shape shape;
    private final double eps;
    private final Parameter weight;
    private final Parameter bias;

    public LayerNorm(long width, double eps) {
        this.shape = Shape.of(width);
        this.eps = eps;
        this.weight = parameter("weight", shape, Init.ONES);
        this.bias = parameter("bias", shape, Init.ZEROS);
    }

    @Override
    public Tensor forward(Tensor input) {
        return Functional.layerNorm(input, shape, weight.value(), bias.value(), eps);
    }

    @Override
    protected String settings() {
        return shape + ", eps " + eps;
    }
}
