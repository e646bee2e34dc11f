package dev.mmgen.codec;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.nn.GroupNorm;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.Linear;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.Sequential;

/** A layer of self-attention over all pixels, with a single head and a shortcut (diffusers: {@code Attention}). */
final class AttentionBlock extends Module implements Layer {

    private final GroupNorm norm;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Sequential output;

    AttentionBlock(int channels, int groups) {
        this.norm = child("group_norm", new GroupNorm(groups, channels, ResnetBlock.NORM_EPS));
        this.query = child("to_q", new Linear(channels, channels));
        this.key = child("to_k", new Linear(channels, channels));
        this.value = child("to_v", new Linear(channels, channels));
        this.output = child("to_out", new Sequential(new Linear(channels, channels)));
    }

    /** Maps {@code [N, C, H, W]} to {@code [N, C, H, W]}. */
    @Override
    public Tensor forward(Tensor input) {
        return TensorScope.keeping(() -> {
            long batch = input.size(0);
            long channels = input.size(1);
            Tensor pixels = norm.forward(input).permute(0, 2, 3, 1).reshape(batch, 1, -1, channels);
            Tensor mixed = attend(query.forward(pixels), key.forward(pixels), value.forward(pixels));
            Tensor image = output.forward(mixed).reshape(batch, input.size(2), input.size(3), channels);
            return input.add(image.permute(0, 3, 1, 2));
        });
    }

    private static Tensor attend(Tensor query, Tensor key, Tensor value) {
        DType dtype = query.dtype();
        // libtorch's CPU kernel for half-precision attention is far slower than its fp32 one.
        DType computed = query.device().type() == Device.Type.CPU ? DType.FLOAT32 : dtype;
        return Functional.scaledDotProductAttention(query.to(computed), key.to(computed), value.to(computed))
                .to(dtype);
    }
}
