package dev.mmgen.train.feature;

import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.nn.Activation;
import dev.mmgen.torch.nn.Init;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.LayerNorm;
import dev.mmgen.torch.nn.Mlp;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.nn.SelfAttention;

/** A block of DINOv2: attention and an MLP, each on normalised tokens and with a learned scale per channel. */
final class DinoBlock extends Module implements Layer {

    static final double NORM_EPS = 1e-6;

    private static final int MLP_RATIO = 4;

    private final LayerNorm norm1;
    private final SelfAttention attention;
    private final LayerScale scale1;
    private final LayerNorm norm2;
    private final Mlp mlp;
    private final LayerScale scale2;

    DinoBlock(DinoConfig config) {
        int width = config.width();
        this.norm1 = child("norm1", new LayerNorm(width, NORM_EPS));
        this.attention = child("attn", new SelfAttention(width, config.heads(), false));
        this.scale1 = child("ls1", new LayerScale(width));
        this.norm2 = child("norm2", new LayerNorm(width, NORM_EPS));
        this.mlp = child("mlp", new Mlp(width, (long) MLP_RATIO * width, Activation.GELU));
        this.scale2 = child("ls2", new LayerScale(width));
    }

    @Override
    public Tensor forward(Tensor tokens) {
        return TensorScope.keeping(() -> {
            Tensor middle = tokens.add(scale1.forward(attention.forward(norm1.forward(tokens))));
            return middle.add(scale2.forward(mlp.forward(norm2.forward(middle))));
        });
    }

    /** A learned factor per channel (Touvron et al., 2021). */
    private static final class LayerScale extends Module implements Layer {

        private final Parameter gamma;

        LayerScale(long width) {
            this.gamma = parameter("gamma", Shape.of(width), Init.ONES);
        }

        @Override
        public Tensor forward(Tensor input) {
            return input.mul(gamma.value());
        }
    }
}
