package dev.mmgen.torch.nn;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;

/**
 * Layer normalisation (Ba et al., 2016): the last dimension gets mean 0 and variance 1, then a learned scale and shift.
 */
public final class LayerNorm extends Module implements Layer {

    private final Shape shape;
    private final double eps;
    private final Parameter weight;
    private final Parameter bias;

    /**
     * Makes a normalisation, which starts as scale 1 and shift 0.
     *
     * @param width size of the last dimension
     * @param eps   addend to the variance; PyTorch's default is 1e-5
     */
    public LayerNorm(long width, double eps) {
        this.shape = Shape.of(width);
        this.eps = eps;
        this.weight = parameter("weight", shape, Init.ONES);
        this.bias = parameter("bias", shape, Init.ZEROS);
    }

    @Override
    public Tensor forward(Tensor input) {
        return Functional.layerNorm(input, shape, new Functional.Affine(weight.value(), bias.value(), eps));
    }

    @Override
    protected String settings() {
        return shape + ", eps " + eps;
    }
}
