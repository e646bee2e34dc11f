package dev.mmgen.model;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.nn.Activation;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.nn.Mlp;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.SelfAttention;
import dev.mmgen.torch.nn.Sequential;

/** Attention and MLP under adaLN-Zero conditioning (reference: {@code SiTBlock}). */
final class TransformerBlock extends Module {

    private final SelfAttention attention;
    private final Mlp mlp;
    private final Linear modulation;
    private final Sequential adaLn;

    TransformerBlock(TransformerConfig config) {
        int width = config.width();
        this.attention = child("attn", new SelfAttention(width, config.heads(), config.qkNorm()));
        this.mlp = child("mlp", new Mlp(width, (long) (width * config.mlpRatio()), Activation.GELU_TANH));
        this.modulation = new Linear(width, 6L * width);
        this.adaLn = child("adaLN_modulation", new Sequential(Activation.SILU, modulation));
    }

    /** Returns shift, scale and gate, for attention and for the MLP, from the condition {@code [N, width]}. */
    AdaLn modulate(Tensor condition) {
        return new AdaLn(adaLn.forward(condition), 6);
    }

    /** Maps tokens {@code [N, T, width]} to {@code [N, T, width]}. */
    Tensor forward(Tensor tokens, AdaLn modulation) {
        return TensorScope.keeping(() -> {
            Tensor attended = attention.forward(modulation.normalise(tokens, 0, 1));
            Tensor middle = modulation.addGated(tokens, 2, attended);
            Tensor widened = mlp.forward(modulation.normalise(middle, 3, 4));
            return modulation.addGated(middle, 5, widened);
        });
    }

    /** Has everything but the modulations multiplied in eight bits. */
    void quantize() {
        attention.quantizeMatrices();
        mlp.quantizeMatrices();
    }

    Linear modulation() {
        return modulation;
    }
}
