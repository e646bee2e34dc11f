package dev.mmgen.codec;

import dev.mmgen.torch.Functional;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.nn.Conv2d;
import dev.mmgen.torch.nn.Layer;
import dev.mmgen.torch.nn.Module;
import dev.mmgen.torch.nn.ModuleList;
import java.util.ArrayList;
import java.util.List;

/**
 * Residual blocks at one resolution and, except on the last level, the step to the next one
 * (diffusers: {@code DownEncoderBlock2D} and {@code UpDecoderBlock2D}).
 */
final class Level extends Module implements Layer {

    private final List<Layer> steps = new ArrayList<>();

    private Level(int inputs, int outputs, int layers, int groups) {
        steps.addAll(child(
                        "resnets",
                        ModuleList.of(layers, i -> new ResnetBlock(i == 0 ? inputs : outputs, outputs, groups)))
                .items());
    }

    /** A level of the encoder. */
    static Level down(int inputs, int outputs, AutoencoderConfig config, boolean last) {
        Level level = new Level(inputs, outputs, config.layersPerBlock(), config.normNumGroups());
        if (!last) {
            level.steps.addAll(level.child("downsamplers", ModuleList.of(1, _ -> new Downsampler(outputs)))
                    .items());
        }
        return level;
    }

    /** A level of the decoder. */
    static Level up(int inputs, int outputs, AutoencoderConfig config, boolean last) {
        Level level = new Level(inputs, outputs, config.layersPerBlock() + 1, config.normNumGroups());
        if (!last) {
            level.steps.addAll(level.child("upsamplers", ModuleList.of(1, _ -> new Upsampler(outputs)))
                    .items());
        }
        return level;
    }

    /** Maps {@code [N, inputs, H, W]} to {@code [N, outputs, H', W']}. */
    @Override
    public Tensor forward(Tensor input) {
        return through(steps, input);
    }

    /** Applies steps one after another and frees each result as soon as the next one is there. */
    static Tensor through(List<? extends Layer> steps, Tensor input) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor current = input;
            for (Layer step : steps) {
                Tensor next = step.forward(current);
                if (current != input) {
                    current.close();
                }
                current = next;
            }
            return scope.keep(current);
        }
    }

    /** A layer that halves height and width; zeros are added at the right and at the bottom only (diffusers: {@code Downsample2D}). */
    private static final class Downsampler extends Module implements Layer {

        private final Conv2d conv;

        Downsampler(int channels) {
            this.conv = child("conv", new Conv2d(channels, channels, 3, Conv2d.stride(2)));
        }

        /** Maps {@code [N, C, H, W]} to {@code [N, C, H / 2, W / 2]}. */
        @Override
        public Tensor forward(Tensor input) {
            return TensorScope.keeping(() -> conv.forward(Functional.pad(input, 0, 0, 1, 0, 1)));
        }
    }

    /** A layer that doubles height and width by repeating pixels, and smooths (diffusers: {@code Upsample2D}). */
    private static final class Upsampler extends Module implements Layer {

        private final Conv2d conv;

        Upsampler(int channels) {
            this.conv = child("conv", new Conv2d(channels, channels, 3, Conv2d.padding(1)));
        }

        /** Maps {@code [N, C, H, W]} to {@code [N, C, 2 * H, 2 * W]}. */
        @Override
        public Tensor forward(Tensor input) {
            return TensorScope.keeping(
                    () -> conv.forward(Functional.upsampleNearest(input, 2 * input.size(2), 2 * input.size(3))));
        }
    }
}
