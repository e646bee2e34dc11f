package dev.mmgen.torch.nn;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;

/** Brings groups of channels of {@code [N, C, ...]} to mean 0 and variance 1, then scales and shifts each channel. */
public final class GroupNorm extends Module implements Layer {

    private final int groups;
    private final long channels;
    private final double eps;
    private final Parameter weight;
    private final Parameter bias;

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
        return Functional.groupNorm(input, groups, weight.value(), bias.value(), eps);
    }

    @Override
    protected String settings() {
        return groups + " groups of " + channels + ", eps " + eps;
    }
}
