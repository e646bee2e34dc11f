package dev.mmgen.model;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.nn.Activation;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.Sequential;

/** The last layer, from tokens to the velocity of one modality's patches (reference: {@code FinalLayer}). */
final class FinalLayer extends Module {

    private final Linear linear;
    private final Linear modulation;
    private final Sequential adaLn;

    FinalLayer(TransformerConfig config) {
        int width = config.width();
        long patch = (long) config.patchSize() * config.patchSize() * config.latentChannels();
        this.linear = child("linear", new Linear(width, patch));
        this.modulation = new Linear(width, 2L * width);
        this.adaLn = child("adaLN_modulation", new Sequential(Activation.SILU, modulation));
    }

    AdaLn modulate(Tensor condition) {
        return new AdaLn(adaLn.forward(condition), 2);
    }

    /** Maps tokens {@code [N, T, width]} to patches {@code [N, T, p * p * latentChannels]}. */
    Tensor forward(Tensor tokens, AdaLn modulation) {
        return TensorScope.keeping(() -> linear.forward(modulation.normalise(tokens, 0, 1)));
    }

    Linear linear() {
        return linear;
    }

    Linear modulation() {
        return modulation;
    }
}
