package dev.mmgen.torch.nn;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;

/**
 * Multi-head attention of tokens to each other: timm's {@code Attention} (1.0.9), with its names.
 */
public final class SelfAttention extends Module implements Layer {

    /** timm normalises queries and keys with this constant. */
    private static final double QK_NORM_EPS = 1e-5;

    private final long heads;
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
        this.qkv = child("qkv", new Linear(width, 3 * width));
        this.queryNorm = qkNorm ? child("q_norm", new LayerNorm(headWidth, QK_NORM_EPS)) : x -> x;
        this.keyNorm = qkNorm ? child("k_norm", new LayerNorm(headWidth, QK_NORM_EPS)) : x -> x;
        this.proj = child("proj", new Linear(width, width));
    }

    /** Maps {@code [N, T, width]} to {@code [N, T, width]}. */
    @Override
    public Tensor forward(Tensor tokens) {
        return TensorScope.keeping(() -> {
            long batch = tokens.size(0);
            long count = tokens.size(1);
            Tensor packed = qkv.forward(tokens)
                    .reshape(batch, count, 3, heads, headWidth)
                    .permute(2, 0, 3, 1, 4);
            Tensor query = queryNorm.forward(packed.select(0, 0));
            Tensor key = keyNorm.forward(packed.select(0, 1));
            Tensor value = packed.select(0, 2);
            Tensor mixed = attend(query, key, value);
            return proj.forward(mixed.transpose(1, 2).reshape(batch, count, heads * headWidth));
        });
    }

    /** All three and the result: {@code [N, heads, T, headWidth]}. */
    private static Tensor attend(Tensor query, Tensor key, Tensor value) {
        if (query.device().type() == Device.Type.CPU && query.dtype() == DType.BFLOAT16) {
            // libtorch's fused CPU kernel is an order of magnitude slower in bf16 than the two products on their own.
            Tensor scores = Functional.matmul(query.mul(1 / Math.sqrt((double) query.size(-1))), key.transpose(-2, -1));
            return Functional.matmul(scores.softmax(-1), value);
        }
        return Functional.scaledDotProductAttention(query, key, value);
    }

    @Override
    protected String settings() {
        return heads + " heads of " + headWidth;
    }
}
