package dev.mmgen.shapes.evaluation;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.nn.Conv2d;
import dev.mmgen.torch.nn.GroupNorm;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.Module;

/** A residual block of two convolutions, pre-activated (He et al., arXiv 1603.05027), from [N, C, H, W] to the same shape. */
final class ResidualBlock extends Module implements Layer {

    private static final int GROUPS = 8;
    private static final double EPS = 1e-5;

    private final GroupNorm norm1;
    private final Conv2d conv1;
    private final GroupNorm norm2;
    private final Conv2d conv2;

    ResidualBlock(long channels) {
        norm1 = child("norm1", new GroupNorm(GROUPS, channels, EPS));
        conv1 = child("conv1", new Conv2d(channels, channels, 3, Conv2d.padding(1)));
        norm2 = child("norm2", new GroupNorm(GROUPS, channels, EPS));
        conv2 = child("conv2", new Conv2d(channels, channels, 3, Conv2d.padding(1)));
    }

    @Override
    public Tensor forward(Tensor input) {
        return TensorScope.keeping(() -> {
            Tensor hidden = conv1.forward(norm1.forward(input).silu());
            return input.add(conv2.forward(norm2.forward(hidden).silu()));
        });
    }
}
