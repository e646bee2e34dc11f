package dev.mmgen.codec;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.nn.Conv2d;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.Module;

/** Doubles height and width by repeating pixels, then smooths (diffusers: {@code Upsample2D}). */
final class Upsampler extends Module implements Layer {

    private final Conv2d conv;

    Upsampler(int channels) {
        this.conv = child("conv", new Conv2d(channels, channels, 3, 1, 1));
    }

    /** Maps {@code [N, C, H, W]} to {@code [N, C, 2 * H, 2 * W]}. */
    @Override
    public Tensor forward(Tensor input) {
        return TensorScope.keeping(
                () -> conv.forward(Functional.upsampleNearest(input, 2 * input.size(2), 2 * input.size(3))));
    }
}
