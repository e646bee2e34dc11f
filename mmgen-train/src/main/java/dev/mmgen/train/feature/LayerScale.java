package dev.mmgen.train.feature;

import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.nn.Init;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.Parameter;

/** A learned factor per channel (Touvron et al., 2021). */
final class LayerScale extends Module implements Layer {

    private final Parameter gamma;

    LayerScale(long width) {
        this.gamma = parameter("gamma", Shape.of(width), Init.ONES);
    }

    @Override
    public Tensor forward(Tensor input) {
        return input.mul(gamma.value());
    }
}
