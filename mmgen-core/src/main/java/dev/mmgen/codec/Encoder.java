package dev.mmgen.codec;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.nn.Conv2d;
import dev.mmgen.torch.nn.GroupNorm;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.ModuleList;
import java.util.ArrayList;
import java.util.List;

/** The network from images to the posterior of their latents (diffusers: {@code Encoder}). */
final class Encoder extends Module implements Layer {

    private final List<Layer> steps = new ArrayList<>();

    Encoder(AutoencoderConfig config) {
        List<Integer> channels = config.blockOutChannels();
        int last = channels.size() - 1;
        steps.add(child("conv_in", new Conv2d(config.inChannels(), channels.getFirst(), 3, Conv2d.padding(1))));
        steps.addAll(child(
                        "down_blocks",
                        ModuleList.of(
                                channels.size(),
                                i -> Level.down(channels.get(Math.max(i - 1, 0)), channels.get(i), config, i == last)))
                .items());
        steps.add(child("mid_block", new MidBlock(config)));
        GroupNorm norm = child(
                "conv_norm_out", new GroupNorm(config.normNumGroups(), config.deepestChannels(), ResnetBlock.NORM_EPS));
        Conv2d conv = child(
                "conv_out", new Conv2d(config.deepestChannels(), 2L * config.latentChannels(), 3, Conv2d.padding(1)));
        steps.add(hidden -> ResnetBlock.activated(norm, conv, hidden));
    }

    /** Maps {@code [N, in channels, H, W]} to {@code [N, 2 * latent channels, H / factor, W / factor]}. */
    @Override
    public Tensor forward(Tensor images) {
        return Level.through(steps, images);
    }
}
