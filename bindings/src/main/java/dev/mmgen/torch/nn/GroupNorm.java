package dev.mmgen.torch.nn;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;

/**
 * Group normalisation (Wu and He, 2018): groups of channels of {@code [N, C, ...]} get mean 0 and variance 1, then each
 * channel a learned scale and shift.
 */
public final class GroupNorm extends Module implements Layer {

    private final int groups;
    private final long channels;
    private final double eps;
    private final Parameter weight;
    private final Parameter bias;

    /**
     * Makes a normalisation, which starts as scale 1 and shift 0.
     *
     * @param eps addend to the variance; PyTorch's default is 1e-5, diffusers' autoencoder has 1e-6
     * @throws IllegalArgumentException if the channels do not divide into the groups
     */
    public GroupNorm(int groups, long channels, double eps) {
        if (groups < 1 || channels % groups != 0) {
            throw new IllegalArgumentException(channels + " channels do not divide into " + groups + " groups");
        }
        this.groups = groups;
        this.channels = channels;
        this.eps = eps;
        this.weight = parameter("weight", Shape.of(channels), Init.ONES);
        this.bias = parameter("bias", Shape.of(channels), Init.ZEROS);
    }

    @Override
    public Tensor forward(Tensor input) {
        return Functional.groupNorm(input, groups, affine());
    }

    /** Normalises and applies SiLU, in fewer passes over memory than the two take apart. */
    public Tensor forwardSilu(Tensor input) {
        return Functional.groupNormSilu(input, groups, affine());
    }

    private Functional.Affine affine() {
        return new Functional.Affine(weight.value(), bias.value(), eps);
    }

    @Override
    protected String settings() {
        return groups + " groups of " + channels + ", eps " + eps;
    }
}
