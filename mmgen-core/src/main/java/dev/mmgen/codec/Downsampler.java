package dev.mmgen.codec;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.nn.Conv2d;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.Module;

/** Halves height and width; zeros are added at the right and at the bottom only (diffusers: {@code Downsample2D}). */
final class Downsampler extends Module implements Layer {

    private final Conv2d conv;

    Downsampler(int channels) {
        this.conv = child("conv", new Conv2d(channels, channels, 3, 2, 0));
    }

    /** Maps {@code [N, C, H, W]} to {@code [N, C, H / 2, W / 2]}. */
    @Override
    public Tensor forward(Tensor input) {
        return TensorScope.keeping(() -> conv.forward(Functional.pad(input, 0, 0, 1, 0, 1)));
    }
}
