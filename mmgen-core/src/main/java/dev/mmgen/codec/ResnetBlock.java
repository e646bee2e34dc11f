package dev.mmgen.codec;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.nn.Conv2d;
import dev.mmgen.torch.nn.GroupNorm;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.Module;

/** Two convolutions beside a shortcut (diffusers: {@code ResnetBlock2D} without time embedding). */
final class ResnetBlock extends Module implements Layer {

    static final double NORM_EPS = 1e-6;

    private final GroupNorm norm1;
    private final Conv2d conv1;
    private final GroupNorm norm2;
    private final Conv2d conv2;
    private final Layer shortcut;

    ResnetBlock(int inputs, int outputs, int groups) {
        this.norm1 = child("norm1", new GroupNorm(groups, inputs, NORM_EPS));
        this.conv1 = child("conv1", new Conv2d(inputs, outputs, 3, Conv2d.padding(1)));
        this.norm2 = child("norm2", new GroupNorm(groups, outputs, NORM_EPS));
        this.conv2 = child("conv2", new Conv2d(outputs, outputs, 3, Conv2d.padding(1)));
        this.shortcut = inputs == outputs ? x -> x : child("conv_shortcut", new Conv2d(inputs, outputs, 1));
    }

    /** Maps {@code [N, inputs, H, W]} to {@code [N, outputs, H, W]}. */
    @Override
    public Tensor forward(Tensor input) {
        return TensorScope.keeping(() -> {
            Tensor hidden = activated(norm1, conv1, input);
            Tensor activation = norm2.forwardSilu(hidden);
            hidden.close();
            return conv2.forwardAdding(activation, shortcut.forward(input));
        });
    }

    /** Has a scope of its own: at full resolution each intermediate is the largest tensor of the network. */
    static Tensor activated(GroupNorm norm, Conv2d conv, Tensor input) {
        return TensorScope.keeping(() -> conv.forward(norm.forwardSilu(input)));
    }
}
