package dev.mmgen.codec;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.ModuleList;
import java.util.List;

/** The coarsest level: a residual block, attention, a residual block (diffusers: {@code UNetMidBlock2D}). */
final class MidBlock extends Module implements Layer {

    private final Layer attention;
    private final List<ResnetBlock> resnets;

    MidBlock(AutoencoderConfig config) {
        int channels = config.deepestChannels();
        int groups = config.normNumGroups();
        this.attention = config.midBlockAddAttention()
                ? child("attentions", ModuleList.of(1, _ -> new AttentionBlock(channels, groups)))
                        .items()
                        .getFirst()
                : x -> x;
        this.resnets = child("resnets", ModuleList.of(2, _ -> new ResnetBlock(channels, channels, groups)))
                .items();
    }

    /** Maps {@code [N, C, h, w]} to {@code [N, C, h, w]}. */
    @Override
    public Tensor forward(Tensor input) {
        return TensorScope.keeping(() -> {
            Tensor hidden = attention.forward(resnets.getFirst().forward(input));
            return resnets.getLast().forward(hidden);
        });
    }
}
