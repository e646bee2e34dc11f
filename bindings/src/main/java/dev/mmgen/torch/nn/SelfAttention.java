package dev.mmgen.torch.nn;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;

/**
 * Multi-head attention of tokens to each other: timm's {@code Attention} (1.0.9), with its names.
 */
public final class SelfAttention extends Module implements Layer {

    /** timm normalises queries and keys with this constant. */
    private static final double QK_NORM_EPS = 1e-5;

    private final int heads;
    private final boolean normalised;
    private final long headWidth;
    private final Linear qkv;
    private final Layer queryNorm;
    private final Layer keyNorm;
    private final Linear proj;

    /**
     * @param width  of a token; a multiple of {@code heads}
     * @param qkNorm whether queries and keys pass a layer norm
     */
    public SelfAttention(long width, int heads, boolean qkNorm) {
        if (heads < 1 || width % heads != 0) {
            throw new IllegalArgumentException("a width of " + width + " does not divide into " + heads + " heads");
        }
        this.heads = heads;
        this.headWidth = width / heads;
        this.normalised = qkNorm;
        this.qkv = child("qkv", new Linear(width, 3 * width));
        this.queryNorm = qkNorm ? child("q_norm", new LayerNorm(headWidth, QK_NORM_EPS)) : x -> x;
        this.keyNorm = qkNorm ? child("k_norm", new LayerNorm(headWidth, QK_NORM_EPS)) : x -> x;
        this.proj = child("proj", new Linear(width, width));
    }

    /** Maps {@code [N, T, width]} to {@code [N, T, width]}. */
    @Override
    public Tensor forward(Tensor tokens) {
        return TensorScope.keeping(() -> {
            Tensor packed = qkv.forward(tokens);
            return proj.forward(normalised ? attendNormalised(packed) : Functional.selfAttention(packed, heads));
        });
    }

    private Tensor attendNormalised(Tensor packed) {
        long batch = packed.size(0);
        long count = packed.size(1);
        Tensor parts = packed.reshape(batch, count, 3, heads, headWidth).permute(2, 0, 3, 1, 4);
        Tensor query = queryNorm.forward(parts.select(0, 0));
        Tensor key = keyNorm.forward(parts.select(0, 1));
        return Functional.scaledDotProductAttention(query, key, parts.select(0, 2))
                .transpose(1, 2)
                .reshape(batch, count, heads * headWidth);
    }

    @Override
    protected String settings() {
        return heads + " heads of " + headWidth;
    }
}
