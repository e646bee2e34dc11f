package dev.mmgen.codec;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.nn.Conv2d;
import dev.mmgen.torch.nn.GroupNorm;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.ModuleList;
import java.util.List;

/** The network from latents to images (diffusers: {@code Decoder}). */
final class Decoder extends Module implements Layer {

    private final List<? extends Layer> steps;

    Decoder(AutoencoderConfig config) {
        List<Integer> channels = config.blockOutChannels().reversed();
        int finest = channels.getLast();
        int last = channels.size() - 1;
        Conv2d convIn =
                child("conv_in", new Conv2d(config.latentChannels(), channels.getFirst(), 3, Conv2d.padding(1)));
        // Declared before the middle block, which runs first: diffusers lists the keys in this order.
        ModuleList<Level> levels = child(
                "up_blocks",
                ModuleList.of(
                        channels.size(),
                        i -> Level.up(channels.get(Math.max(i - 1, 0)), channels.get(i), config, i == last)));
        MidBlock middle = child("mid_block", new MidBlock(config));
        GroupNorm norm = child("conv_norm_out", new GroupNorm(config.normNumGroups(), finest, ResnetBlock.NORM_EPS));
        Conv2d convOut = child("conv_out", new Conv2d(finest, config.outChannels(), 3, Conv2d.padding(1)));
        Layer up = hidden -> Level.through(levels.items(), hidden);
        Layer end = hidden -> ResnetBlock.activated(norm, convOut, hidden);
        this.steps = List.of(convIn, middle, up, end);
    }

    /** Maps {@code [N, latent channels, h, w]} to {@code [N, out channels, h * factor, w * factor]}. */
    @Override
    public Tensor forward(Tensor latents) {
        return Level.through(steps, latents);
    }
}
