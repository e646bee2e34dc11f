package dev.mmgen.torch;

import dev.mmgen.torch.ffi.MmTorch;
import org.jspecify.annotations.Nullable;

/**
 * The layers of networks, as functions of their weights (PyTorch's {@code torch.nn.functional}).
 */
public final class Functional {

    private Functional() {}

    /** Returns the matrix product over the last two dimensions; the others broadcast. */
    public static Tensor matmul(Tensor left, Tensor right) {
        return Call.binary(MmTorch::mmt_matmul, left, right);
    }

    /**
     * Returns {@code input · weightᵀ + bias}.
     *
     * @param input  {@code [..., in]}
     * @param weight {@code [out, in]}
     * @param bias   {@code [out]} or null
     * @return {@code [..., out]}
     */
    public static Tensor linear(Tensor input, Tensor weight, @Nullable Tensor bias) {
        try (Call call = Call.begin()) {
            return call.tensor(
                    MmTorch.mmt_linear(call.in(input), call.in(weight), call.inOrNone(bias), call.out(), call.error()));
        }
    }

    /**
     * Returns {@code gelu(input · weightᵀ + bias)} with the tanh form of GELU, in one pass where gradients are not recorded.
     *
     * @see #linear for the shapes
     */
    public static Tensor linearGelu(Tensor input, Tensor weight, @Nullable Tensor bias) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_linear_gelu(
                    call.in(input), call.in(weight), call.inOrNone(bias), call.out(), call.error()));
        }
    }

    /**
     * The walk of a filter over images.
     *
     * @param stride  pixels from one place to the next, in both directions
     * @param padding zeros on every side
     * @param groups  parts of the channels that are filtered apart; 1 for an ordinary convolution
     */
    public record Window(int stride, int padding, int groups) {}

    /**
     * The scale and the shift after a normalisation.
     *
     * @param weight factor per element or channel, or null for 1
     * @param bias   addend per element or channel, or null for 0
     * @param eps    addend to the variance, against division by 0
     */
    public record Affine(@Nullable Tensor weight, @Nullable Tensor bias, double eps) {}

    /**
     * Returns the cross-correlation of images with filters.
     *
     * @param input  {@code [N, C, H, W]}
     * @param weight {@code [out, C / groups, kH, kW]}
     * @param bias   {@code [out]} or null
     */
    public static Tensor conv2d(Tensor input, Tensor weight, @Nullable Tensor bias, Window window) {
        return conv2d(input, weight, bias, window, null);
    }

    /**
     * Returns the cross-correlation of images with filters, with an addend of its shape: in one pass where gradients are not recorded.
     *
     * @param addend what is added, or null for 0
     * @see #conv2d(Tensor, Tensor, Tensor, Window) for the other shapes
     */
    public static Tensor conv2d(
            Tensor input, Tensor weight, @Nullable Tensor bias, Window window, @Nullable Tensor addend) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_conv2d(
                    call.in(input),
                    call.in(weight),
                    call.inOrNone(bias),
                    call.inOrNone(addend),
                    window.stride(),
                    window.padding(),
                    window.groups(),
                    call.out(),
                    call.error()));
        }
    }

    /**
     * Brings the last dimensions to mean 0 and variance 1, then scales and shifts.
     *
     * @param shape  the dimensions to normalise over
     * @param affine with weight and bias of that shape
     */
    public static Tensor layerNorm(Tensor input, Shape shape, Affine affine) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_layer_norm(
                    call.in(input),
                    call.longs(shape.toArray()),
                    shape.rank(),
                    call.inOrNone(affine.weight()),
                    call.inOrNone(affine.bias()),
                    affine.eps(),
                    call.out(),
                    call.error()));
        }
    }

    /** Normalises groups of channels of {@code [N, C, ...]}; weight and bias are {@code [C]} or null. */
    public static Tensor groupNorm(Tensor input, int groups, Affine affine) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_group_norm(
                    call.in(input),
                    groups,
                    call.inOrNone(affine.weight()),
                    call.inOrNone(affine.bias()),
                    affine.eps(),
                    call.out(),
                    call.error()));
        }
    }

    /** Returns {@code silu(groupNorm(input))}, in two passes over the images where gradients are not recorded. */
    public static Tensor groupNormSilu(Tensor input, int groups, Affine affine) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_group_norm_silu(
                    call.in(input),
                    groups,
                    call.inOrNone(affine.weight()),
                    call.inOrNone(affine.bias()),
                    affine.eps(),
                    call.out(),
                    call.error()));
        }
    }

    /**
     * Looks rows up in a table.
     *
     * @param weight  {@code [rows, width]}
     * @param indices int64, {@code 0 <= index < rows}
     * @return {@code [indices..., width]}
     */
    public static Tensor embedding(Tensor weight, Tensor indices) {
        return Call.binary(MmTorch::mmt_embedding, weight, indices);
    }

    /**
     * Returns {@code softmax(query · keyᵀ / sqrt(width)) · value}.
     *
     * @param query {@code [..., tokens, width]}, keys and values likewise
     */
    public static Tensor scaledDotProductAttention(Tensor query, Tensor key, Tensor value) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_attention(
                    call.in(query), call.in(key), call.in(value), 0, Double.NaN, call.out(), call.error()));
        }
    }

    /**
     * Returns the attention of the heads in packed tokens to each other, {@code softmax(query · keyᵀ / sqrt(width)) · value}.
     *
     * @param packed {@code [N, T, 3 * heads * width]}: all queries, then all keys, then all values
     * @return {@code [N, T, heads * width]}
     */
    public static Tensor selfAttention(Tensor packed, int heads) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_self_attention(call.in(packed), heads, call.out(), call.error()));
        }
    }

    /**
     * Returns {@code norm(tokens) * (1 + scale) + shift}, in one pass over the tokens where gradients are not recorded.
     *
     * @param tokens {@code [N, T, width]}
     * @param shift  {@code [1 or N, 1 or T, width]}
     * @param scale  likewise
     * @param eps    addend to the variance, against division by 0
     */
    public static Tensor modulate(Tensor tokens, Tensor shift, Tensor scale, double eps) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_modulate(
                    call.in(tokens), call.in(shift), call.in(scale), eps, call.out(), call.error()));
        }
    }

    /**
     * Returns {@code tokens + gate * change}, in one pass where gradients are not recorded.
     *
     * @param tokens {@code [N, T, width]}
     * @param gate   {@code [1 or N, 1 or T, width]}
     * @param change {@code [N, T, width]}
     */
    public static Tensor addGated(Tensor tokens, Tensor gate, Tensor change) {
        try (Call call = Call.begin()) {
            return call.tensor(
                    MmTorch.mmt_add_gated(call.in(tokens), call.in(gate), call.in(change), call.out(), call.error()));
        }
    }

    /** Repeats pixels of {@code [N, C, H, W]} to another size. */
    public static Tensor upsampleNearest(Tensor input, long height, long width) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_upsample_nearest(call.in(input), height, width, call.out(), call.error()));
        }
    }

    /** Interpolates {@code [N, C, H, W]} with cubic splines to another size (not the Pillow filter: no antialiasing). */
    public static Tensor upsampleBicubic(Tensor input, long height, long width) {
        try (Call call = Call.begin()) {
            return call.tensor(
                    MmTorch.mmt_upsample_bicubic(call.in(input), height, width, 0, 0, 0, call.out(), call.error()));
        }
    }

    /** Widens dimensions with a value, from the last one backwards: (left, right, top, bottom, ...). */
    public static Tensor pad(Tensor input, double value, long... widths) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_pad(
                    call.in(input),
                    call.longs(widths),
                    widths.length,
                    call.text("constant"),
                    value,
                    call.out(),
                    call.error()));
        }
    }

    /** Sets elements to 0 with a probability and scales the others up accordingly; for training. */
    public static Tensor dropout(Tensor input, double probability) {
        try (Call call = Call.begin()) {
            return call.tensor(MmTorch.mmt_dropout(call.in(input), probability, call.out(), call.error()));
        }
    }
}
